import type sqlite3 from 'sqlite3';

type Done = (this: sqlite3.Statement, error: Error | null, rows?: unknown[]) => void;
type Use = (sql: string, values: unknown[] | undefined, done: Done) => void;

const room = 128;
const longest = 4000;

/**
 * Makes `run` and `all` of a connection keep their prepared statements: else each call prepares, runs and drops one,
 * three trips to another thread where one does. Answers what drops them all, needed before the connection closes.
 */
export function cacheStatements(connection: sqlite3.Database): () => Promise<void> {
  const kept = new Map<string, sqlite3.Statement>();
  const drop = (statement: sqlite3.Statement): Promise<void> => new Promise((resolve) => statement.finalize(() => resolve()));

  const cached = (kind: 'run' | 'all'): Use => {
    const once = connection[kind].bind(connection) as unknown as Use;
    const call = (statement: sqlite3.Statement, values: unknown[] | undefined, done: Done) =>
      (statement[kind] as (values: unknown[], done: Done) => unknown)(values ?? [], done);
    return (sql, values, done) => {
      if (sql.length > longest || !/^(SELECT|INSERT|UPDATE|DELETE) /.test(sql)) return once(sql, values, done);
      const known = kept.get(sql);
      if (known) {
        kept.delete(sql); // the newest use stands last
        kept.set(sql, known);
        return call(known, values, done);
      }
      const statement = connection.prepare(sql, function (this: sqlite3.Statement, error: Error | null) {
        if (error) return done.call(this, error);
        call(statement, values, done);
        if (kept.has(sql)) return void drop(statement);
        kept.set(sql, statement);
        const [oldest] = kept;
        if (kept.size <= room || !oldest) return;
        kept.delete(oldest[0]);
        void drop(oldest[1]);
      });
    };
  };

  Object.assign(connection, { run: cached('run'), all: cached('all') });
  return async () => {
    const all = [...kept.values()];
    kept.clear();
    await Promise.all(all.map(drop));
  };
}
