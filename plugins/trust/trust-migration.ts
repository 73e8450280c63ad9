import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Trust1763807100000 implements MigrationInterface {
  readonly name = 'Trust1763807100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE trusted_content (
        directory text NOT NULL, kind text NOT NULL, hash text NOT NULL, path text NOT NULL, trustedAt integer NOT NULL,
        PRIMARY KEY (directory, kind, hash)) WITHOUT ROWID`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE trusted_content');
  }
}
