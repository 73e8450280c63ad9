import { type Service, service } from 'dispatch/kernel';
import type { Workspace, WorkspacesAnswer } from 'dispatch/wire';

/** What a workspace's id may be. */
export const workspaceIdPattern = /^[a-z0-9-]{1,40}$/;

/** What a user may set on a workspace. `defaultCwd`: an absolute path, or null for the server's own. */
export type WorkspaceSettings = Pick<Workspace, 'title' | 'defaultCwd'>;

/** Why a workspace was not removed: it is the `default` one, or conversations keep starting in it. */
export class WorkspaceRefused extends Error {
  constructor(
    readonly code: 'default' | 'busy',
    message: string,
  ) {
    super(message);
    this.name = 'WorkspaceRefused';
  }
}

/** Named groups of conversations; `default` is always there. */
export interface Workspaces {
  /** Newest activity first. */
  list(): Promise<WorkspacesAnswer['workspaces']>;
  /** Undefined when there is none of this id. */
  find(id: string): Promise<Workspace | undefined>;
  /** Makes it unless it is there, titled after its id where no title is given; answers it as it then is. */
  keep(id: string, settings?: Partial<WorkspaceSettings>): Promise<Workspace>;
  /** Answers it as it then is; undefined when there is none. A new directory counts from the next turn on. */
  change(id: string, settings: Partial<WorkspaceSettings>): Promise<Workspace | undefined>;
  /**
   * Closes its conversations (turns that run are aborted), moves all of them to `default`, and removes it. Answers how
   * many had to be closed; undefined when there is none. Throws `WorkspaceRefused`.
   */
  remove(id: string): Promise<number | undefined>;
}
export const Workspaces: Service<Workspaces> = service<Workspaces>('dispatch.workspaces');
