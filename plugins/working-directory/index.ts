export { WorkingDirectory as default } from './working-directory.js';
