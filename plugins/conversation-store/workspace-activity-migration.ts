import type { MigrationInterface, QueryRunner } from 'typeorm';
import { turnOpens } from './turn-statements.js';

/** Earlier versions wrote a workspace's activity to the second only, and could list workspaces in the wrong order. */
export class WorkspaceActivity1763861000000 implements MigrationInterface {
  readonly name = 'WorkspaceActivity1763861000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER turn_opens');
    await runner.query(turnOpens);
  }

  /** The version before can live with this one's trigger. */
  async down(): Promise<void> {}
}
