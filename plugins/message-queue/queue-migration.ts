import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MessageQueue1763800100000 implements MigrationInterface {
  readonly name = 'MessageQueue1763800100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE queued_message (
        key integer PRIMARY KEY AUTOINCREMENT NOT NULL, id text NOT NULL UNIQUE,
        conversation text NOT NULL, text text NOT NULL, queuedAt integer NOT NULL, offeredAfter integer)`,
    );
    await runner.query('CREATE INDEX queued_message_conversation ON queued_message (conversation, key)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE queued_message');
  }
}
