import { CommandsController } from './commands.controller.js';

export default CommandsController;
