export { EditFileTool as default } from './edit-file-tool.js';
