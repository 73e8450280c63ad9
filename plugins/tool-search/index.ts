import { GlobTool } from './glob-tool.js';
import { GrepTool } from './grep-tool.js';

export default [GrepTool, GlobTool];
