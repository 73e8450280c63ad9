import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `search_entry` says where each text of the index stands; its key is the row of the index, and rises as texts are
 * indexed. The index keeps no text of its own, and is handed words that are told apart and folded already (`words.ts`), so
 * its tokenizer only splits at spaces. An entry that goes, with its conversation, takes its row along.
 */
const statements = [
  `CREATE TABLE search_entry (
    key integer PRIMARY KEY NOT NULL, conversation integer NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
    seq integer NOT NULL)`,
  'CREATE UNIQUE INDEX search_entry_place ON search_entry (conversation, seq)',
  `CREATE VIRTUAL TABLE search_text USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '2', tokenize = 'ascii')`,
  `CREATE TRIGGER search_entry_goes AFTER DELETE ON search_entry BEGIN
     DELETE FROM search_text WHERE rowid = OLD.key;
   END`,
  `CREATE TABLE search_progress (
    id integer PRIMARY KEY NOT NULL CHECK (id = 1), turn integer NOT NULL, open text NOT NULL,
    conversation integer NOT NULL)`,
  `INSERT INTO search_progress VALUES (1, 0, '[]', 0)`,
];

export class Search1763850000000 implements MigrationInterface {
  readonly name = 'Search1763850000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['search_progress', 'search_entry', 'search_text']) await runner.query(`DROP TABLE ${table}`);
  }
}
