/**
 * Each durable write of a turn is one statement, so that it costs one trip to the disk: an INSERT into a view, whose
 * trigger brings every table to where it belongs. Rows of the log travel as JSON: `[[seq, role, body, message, step], …]`.
 */
const insert = (view: string, columns: readonly string[]) => `INSERT INTO ${view} (${columns}) VALUES (${columns.map(() => '?')})`;

const openingColumns = [
  ...['conversation', 'id', 'workspaceId', 'createdAt', 'startedAt', 'title', 'cwd', 'model'],
  ...['turn', 'turnId', 'firstSeq', 'log'],
] as const;
const writingColumns = [
  ...['conversation', 'turn', 'log', 'draft', 'dropDraft', 'steps'],
  ...['sealedAt', 'reason', 'usage', 'durationMs', 'contextSize', 'status'],
] as const;

export type Opening = Record<(typeof openingColumns)[number], unknown>;
export type Writing = Record<(typeof writingColumns)[number], unknown>;

export const openTurnStatement = insert('turn_opening', openingColumns);
export const openTurnValues = (opening: Opening): unknown[] => openingColumns.map((column) => opening[column]);
export const writeTurnStatement = insert('turn_writing', writingColumns);
export const writeTurnValues = (writing: Writing): unknown[] => writingColumns.map((column) => writing[column]);

const view = (name: string, columns: readonly string[]) =>
  `CREATE VIEW ${name} AS SELECT ${columns.map((column) => `NULL AS ${column}`)} WHERE 0`;

const logRows = `INSERT INTO chunk (conversation, seq, role, body, turn, message, step)
  SELECT NEW.conversation, value ->> 0, value ->> 1, value ->> 2, NEW.turn, value ->> 3, value ->> 4 FROM json_each(NEW.log)`;

/** A workspace's activity is written to the second, except where that would hide which workspace is the newest. */
export const turnOpens = `CREATE TRIGGER turn_opens INSTEAD OF INSERT ON turn_opening BEGIN
     INSERT INTO workspace (id, title, createdAt, lastActivityAt)
       VALUES (NEW.workspaceId, NEW.workspaceId, NEW.startedAt, NEW.startedAt)
       ON CONFLICT (id) DO UPDATE SET lastActivityAt = excluded.lastActivityAt
         WHERE excluded.lastActivityAt >= workspace.lastActivityAt + 1000
           OR EXISTS (SELECT 1 FROM workspace AS other
                      WHERE other.id <> excluded.id AND other.lastActivityAt BETWEEN workspace.lastActivityAt AND excluded.lastActivityAt);
     INSERT INTO conversation (key, id, workspaceId, createdAt, lastActivityAt, title, status, listed, cwd, model)
       VALUES (NEW.conversation, NEW.id, NEW.workspaceId, NEW.createdAt, NEW.startedAt, NEW.title, 'active', 1, NEW.cwd, NEW.model)
       ON CONFLICT (key) DO UPDATE SET workspaceId = excluded.workspaceId, createdAt = excluded.createdAt,
         lastActivityAt = excluded.lastActivityAt, title = excluded.title, status = 'active', listed = 1,
         cwd = excluded.cwd, model = excluded.model;
     INSERT INTO turn (key, id, conversation, firstSeq, startedAt)
       VALUES (NEW.turn, NEW.turnId, NEW.conversation, NEW.firstSeq, NEW.startedAt);
     ${logRows};
   END`;

/** What the migration makes. */
export const turnViews = [
  view('turn_opening', openingColumns),
  turnOpens,
  view('turn_writing', writingColumns),
  `CREATE TRIGGER turn_writes INSTEAD OF INSERT ON turn_writing BEGIN
     ${logRows};
     INSERT INTO draft (turn, body) SELECT NEW.turn, NEW.draft WHERE NEW.draft IS NOT NULL
       ON CONFLICT (turn) DO UPDATE SET body = excluded.body;
     DELETE FROM draft WHERE NEW.dropDraft AND turn = NEW.turn;
     UPDATE turn SET steps = NEW.steps WHERE NEW.steps IS NOT NULL AND key = NEW.turn;
     UPDATE turn SET sealedAt = NEW.sealedAt, reason = NEW.reason, usage = NEW.usage, durationMs = NEW.durationMs,
         contextSize = NEW.contextSize
       WHERE NEW.sealedAt IS NOT NULL AND key = NEW.turn;
     UPDATE conversation SET status = NEW.status, lastActivityAt = NEW.sealedAt
       WHERE NEW.sealedAt IS NOT NULL AND key = NEW.conversation;
   END`,
];
