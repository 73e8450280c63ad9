import { LspAfterEdit } from './after-edit.js';
import { LspController } from './lsp.controller.js';
import { DirectoryLspServers } from './lsp-servers.js';
import { LspSubject } from './lsp-subject.js';
import { LspTool } from './lsp-tool.js';

export default [LspSubject, DirectoryLspServers, LspTool, LspAfterEdit, LspController];
