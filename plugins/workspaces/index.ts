import { WorkspacesController } from './workspaces.controller.js';
import { StoredWorkspaces } from './workspaces.js';

export default [StoredWorkspaces, WorkspacesController];
