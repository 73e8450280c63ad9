import { TodoSurface } from './todo.surface.js';
import { TodoLists } from './todo-lists.js';
import { todoSchema } from './todo-schema.js';
import { TodoTool } from './todo-tool.js';

export default [todoSchema, TodoLists, TodoTool, TodoSurface];
