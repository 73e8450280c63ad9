export { SkillsTool as default } from './skills-tool.js';
