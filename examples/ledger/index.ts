import { Database, type EntitySet, EntitySets } from 'dispatch/contracts';
import { inject, plugin, type Tool, type ToolContext, Tools } from 'dispatch/kernel';

interface Queries {
  query(sql: string): Promise<unknown>;
}

/** Makes the table, once. The name ends in the milliseconds of its day: migrations run in that order. */
class Ledger1760000000000 {
  readonly name = 'Ledger1760000000000';
  up = (runner: Queries) => runner.query('CREATE TABLE ledger_entry (at integer NOT NULL, conversation text NOT NULL, text text NOT NULL)');
  down = (runner: Queries) => runner.query('DROP TABLE ledger_entry');
}

/** `ledger { entry? }`: writes a line down for good, and tells all lines of the conversation. Its table is in the server's file. */
@plugin({ id: 'ledger', version: '1.0.0', engine: '^0.1.0', provides: [Tools, EntitySets] })
export default class Ledger implements Tool, EntitySet {
  readonly entities = [];
  readonly migrations = [Ledger1760000000000];
  readonly name = 'ledger';
  readonly description = 'Write an entry into the ledger of this conversation, and read all of them.';
  readonly input = { type: 'object', properties: { entry: { type: 'string', maxLength: 500 } }, additionalProperties: false };

  constructor(@inject(Database) private readonly database: Database) {}

  async execute({ entry }: { entry?: string }, { conversationId }: ToolContext): Promise<string> {
    if (entry) await this.database.statement('INSERT INTO ledger_entry VALUES (?, ?, ?)', () => [Date.now(), conversationId, entry]);
    const rows: { text: string }[] = await this.database.read((manager) =>
      manager.query('SELECT text FROM ledger_entry WHERE conversation = ? ORDER BY at, rowid', [conversationId]),
    );
    return rows.map(({ text }, i) => `${i + 1}. ${text}`).join('\n') || 'The ledger is empty.';
  }
}
