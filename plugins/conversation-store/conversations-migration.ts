import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `CREATE TABLE workspace (
    id text PRIMARY KEY NOT NULL, title text NOT NULL, defaultCwd text,
    createdAt integer NOT NULL, lastActivityAt integer NOT NULL)`,
  `CREATE TABLE conversation (
    key integer PRIMARY KEY NOT NULL, id text NOT NULL UNIQUE,
    workspaceId text NOT NULL REFERENCES workspace (id),
    createdAt integer NOT NULL, lastActivityAt integer NOT NULL, title text, status text NOT NULL,
    listed integer NOT NULL, cwd text, model text, reasoningEffort text, compactPercent real,
    compactedFrom text, epoch integer NOT NULL DEFAULT 0)`,
  'CREATE INDEX conversation_activity ON conversation (lastActivityAt DESC, key DESC) WHERE listed = 1',
  'CREATE INDEX conversation_workspace ON conversation (workspaceId, lastActivityAt DESC) WHERE listed = 1',
  `CREATE INDEX conversation_busy ON conversation (status) WHERE status IN ('active', 'queued')`,
  `CREATE TABLE turn (
    key integer PRIMARY KEY NOT NULL, id text NOT NULL,
    conversation integer NOT NULL REFERENCES conversation (key) ON DELETE CASCADE, firstSeq integer NOT NULL,
    startedAt integer NOT NULL, sealedAt integer, reason text, usage text, steps text,
    durationMs integer, contextSize integer)`,
  'CREATE INDEX turn_conversation ON turn (conversation, key)',
  'CREATE INDEX turn_open ON turn (key) WHERE sealedAt IS NULL',
  `CREATE TABLE chunk (
    conversation integer NOT NULL REFERENCES conversation (key) ON DELETE CASCADE, seq integer NOT NULL,
    role text NOT NULL, body text NOT NULL, turn integer NOT NULL, message integer NOT NULL, step integer,
    PRIMARY KEY (conversation, seq)) WITHOUT ROWID`,
  `CREATE TABLE draft (
    turn integer PRIMARY KEY NOT NULL REFERENCES turn (key) ON DELETE CASCADE, body text NOT NULL)`,
];

export class Conversations1763800000000 implements MigrationInterface {
  readonly name = 'Conversations1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    const now = Date.now();
    await runner.query(`INSERT INTO workspace VALUES ('default', 'Default', NULL, ?, ?)`, [now, now]);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['draft', 'chunk', 'turn', 'conversation', 'workspace']) await runner.query(`DROP TABLE ${table}`);
  }
}
