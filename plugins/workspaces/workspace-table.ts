import type { Workspace } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import type { WorkspaceSettings } from './contract.js';

/**
 * SQL on `workspace`. The table is made by the store of the conversations, since a new conversation joins its workspace
 * in the commit that makes it.
 */
export async function readWorkspaces(manager: EntityManager, id?: string): Promise<Workspace[]> {
  const where = id === undefined ? '' : 'WHERE id = ?';
  return manager.query(
    `SELECT id, title, defaultCwd, createdAt, lastActivityAt FROM workspace ${where} ORDER BY lastActivityAt DESC, createdAt DESC, id`,
    id === undefined ? [] : [id],
  );
}

/** Does nothing when it is there already. */
export async function insertWorkspace(manager: EntityManager, workspace: Workspace): Promise<void> {
  await manager.query(
    'INSERT INTO workspace (id, title, defaultCwd, createdAt, lastActivityAt) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    [workspace.id, workspace.title, workspace.defaultCwd, workspace.createdAt, workspace.lastActivityAt],
  );
}

export async function updateWorkspace(
  manager: EntityManager,
  id: string,
  { title, defaultCwd }: Partial<WorkspaceSettings>,
): Promise<void> {
  if (title !== undefined) await manager.query('UPDATE workspace SET title = ? WHERE id = ?', [title, id]);
  if (defaultCwd !== undefined) await manager.query('UPDATE workspace SET defaultCwd = ? WHERE id = ?', [defaultCwd, id]);
}
