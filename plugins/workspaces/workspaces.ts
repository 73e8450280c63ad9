import { Clock, inject, plugin } from 'dispatch/kernel';
import type { Workspace, WorkspacesAnswer } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { Turns } from '../session-orchestrator/contract.js';
import { Database } from '../storage-sqlite/contract.js';
import { WorkspaceRefused, type WorkspaceSettings, Workspaces } from './contract.js';
import { insertWorkspace, readWorkspaces, updateWorkspace } from './workspace-table.js';

const shared = 'default';
/** So often are conversations closed that were started or reopened meanwhile. */
const rounds = 20;

@plugin({ id: 'workspaces', version: '0.1.0', provides: Workspaces })
export class StoredWorkspaces implements Workspaces {
  constructor(
    @inject(Database) private readonly database: Database,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Turns) private readonly turns: Turns,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  async list(): Promise<WorkspacesAnswer['workspaces']> {
    const [workspaces, counts] = await Promise.all([
      this.database.read((manager) => readWorkspaces(manager)),
      this.conversations.countByWorkspace(),
    ]);
    return workspaces.map((workspace) => ({ ...workspace, conversationCount: counts.get(workspace.id) ?? 0 }));
  }

  async find(id: string): Promise<Workspace | undefined> {
    const [found] = await this.database.read((manager) => readWorkspaces(manager, id));
    return found;
  }

  async keep(id: string, { title = id, defaultCwd = null }: Partial<WorkspaceSettings> = {}): Promise<Workspace> {
    const now = this.clock.now();
    const fresh = { id, title, defaultCwd, createdAt: now, lastActivityAt: now };
    const stored = await this.database.write(async (manager) => {
      await insertWorkspace(manager, fresh);
      const [kept = fresh] = await readWorkspaces(manager, id);
      return kept;
    });
    this.conversations.workspaceChanged(id);
    return stored;
  }

  async change(id: string, settings: Partial<WorkspaceSettings>): Promise<Workspace | undefined> {
    const stored = await this.database.write(async (manager) => {
      await updateWorkspace(manager, id, settings);
      const [changed] = await readWorkspaces(manager, id);
      return changed;
    });
    this.conversations.workspaceChanged(id);
    return stored;
  }

  async remove(id: string): Promise<number | undefined> {
    if (id === shared)
      throw new WorkspaceRefused('default', 'the workspace "default" cannot be deleted: every conversation needs one to be in');
    if (!(await this.find(id))) return undefined;
    const closed = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const open = await this.conversations.dissolveWorkspace(id, shared);
      if (open.length === 0) return closed.size;
      await Promise.all(open.map((conversation) => this.turns.close(conversation)));
      for (const conversation of open) closed.add(conversation);
    }
    throw new WorkspaceRefused(
      'busy',
      `conversations keep starting in the workspace "${id}"; stop whatever starts them and delete it again`,
    );
  }
}
