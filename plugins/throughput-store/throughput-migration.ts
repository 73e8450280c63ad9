import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Throughput1763811000000 implements MigrationInterface {
  readonly name = 'Throughput1763811000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE throughput_sample (
        key integer PRIMARY KEY AUTOINCREMENT NOT NULL, sealedAt integer NOT NULL, model text NOT NULL,
        outputTokens integer NOT NULL, decodeMs integer NOT NULL)`,
    );
    await runner.query('CREATE INDEX throughput_time ON throughput_sample (sealedAt, model, outputTokens, decodeMs)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE throughput_sample');
  }
}
