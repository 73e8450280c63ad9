import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SystemPrompt1763810000000 implements MigrationInterface {
  readonly name = 'SystemPrompt1763810000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE system_prompt (conversation text PRIMARY KEY NOT NULL, epoch integer NOT NULL, cwd text NOT NULL, text text NOT NULL)',
    );
    await runner.query('CREATE TABLE system_prompt_template (id integer PRIMARY KEY NOT NULL CHECK (id = 1), template text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE system_prompt');
    await runner.query('DROP TABLE system_prompt_template');
  }
}
