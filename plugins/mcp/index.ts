import { McpController } from './mcp.controller.js';
import { DirectoryMcpServers } from './mcp-servers.js';
import { McpSubject } from './mcp-subject.js';
import { McpTools } from './mcp-tools.js';

export default [McpSubject, DirectoryMcpServers, McpTools, McpController];
