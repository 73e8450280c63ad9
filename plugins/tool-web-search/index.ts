export { WebSearchTool as default } from './web-search-tool.js';
