import type { MigrationInterface, QueryRunner } from 'typeorm';
import { turnViews } from './turn-statements.js';

export class TurnStatements1763800000001 implements MigrationInterface {
  readonly name = 'TurnStatements1763800000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of turnViews) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const view of ['turn_opening', 'turn_writing']) await runner.query(`DROP VIEW ${view}`);
  }
}
