export { ShellTool as default } from './shell-tool.js';
