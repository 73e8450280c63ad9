export { WriteFileTool as default } from './write-file-tool.js';
