import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CacheWarming1763812000000 implements MigrationInterface {
  readonly name = 'CacheWarming1763812000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE cache_warming (conversation text PRIMARY KEY NOT NULL, enabled integer NOT NULL, intervalSeconds integer NOT NULL)',
    );
    await runner.query('CREATE INDEX cache_warming_on ON cache_warming (conversation) WHERE enabled = 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cache_warming');
  }
}
