import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PluginStorage1763900000000 implements MigrationInterface {
  readonly name = 'PluginStorage1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE plugin_value (plugin text NOT NULL, key text NOT NULL, value text NOT NULL, PRIMARY KEY (plugin, key)) WITHOUT ROWID',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE plugin_value');
  }
}
