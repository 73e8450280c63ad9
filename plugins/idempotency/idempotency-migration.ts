import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Idempotency1763813000000 implements MigrationInterface {
  readonly name = 'Idempotency1763813000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE keyed_request (
        key text PRIMARY KEY NOT NULL, digest text NOT NULL, conversation text NOT NULL, turnId text NOT NULL,
        turn integer, queued integer NOT NULL DEFAULT 0, at integer NOT NULL) WITHOUT ROWID`,
    );
    await runner.query('CREATE INDEX keyed_request_at ON keyed_request (at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE keyed_request');
  }
}
