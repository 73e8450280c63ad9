export { ReadFileTool as default } from './read-file-tool.js';
