import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TodoLists1763820000000 implements MigrationInterface {
  readonly name = 'TodoLists1763820000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE todo_list (conversation text PRIMARY KEY NOT NULL, todos text NOT NULL, changedAt integer NOT NULL) WITHOUT ROWID',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE todo_list');
  }
}
