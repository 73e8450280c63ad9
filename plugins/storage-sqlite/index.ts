import { SqliteStorage } from './sqlite-storage.js';

export default SqliteStorage;
