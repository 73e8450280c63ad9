import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { TodoListRow } from './entities/todo-list-row.js';
import { TodoLists1763820000000 } from './todo-migration.js';

/** The table, apart from the lists that need the database it is in. */
export const todoSchema = definePlugin({
  id: 'todo-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [TodoListRow], migrations: [TodoLists1763820000000] }),
});
