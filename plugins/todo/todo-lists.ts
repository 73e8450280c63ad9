import { Clock, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import { Database } from '../storage-sqlite/contract.js';
import { type Todo, Todos } from './contract.js';

/** The lists, on the disk. */
@plugin({ id: 'todo-lists', version: '0.1.0', provides: Todos })
export class TodoLists implements Todos {
  private readonly watchers = new Set<(conversationId: string) => void>();

  constructor(
    @inject(Database) private readonly database: Database,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  async list(conversationId: string): Promise<readonly Todo[]> {
    const rows: { todos: string }[] = await this.database.read((manager) =>
      manager.query('SELECT todos FROM todo_list WHERE conversation = ?', [conversationId]),
    );
    const [row] = rows;
    return row ? (JSON.parse(row.todos) as Todo[]) : [];
  }

  async replace(conversationId: string, todos: readonly Todo[]): Promise<void> {
    const bare = todos.map(({ content, status }) => ({ content, status }));
    await this.database.statement(
      `INSERT INTO todo_list (conversation, todos, changedAt) VALUES (?, ?, ?)
        ON CONFLICT (conversation) DO UPDATE SET todos = excluded.todos, changedAt = excluded.changedAt`,
      () => [conversationId, JSON.stringify(bare), this.clock.now()],
    );
    for (const changed of this.watchers) {
      try {
        changed(conversationId);
      } catch (thrown) {
        this.logger.error(`one that watches todo lists failed: ${messageOf(thrown)}`);
      }
    }
  }

  onChange(changed: (conversationId: string) => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }
}
