import { SearchController } from './search.controller.js';
import { searchSchema } from './search-schema.js';
import { TextIndexer } from './text-indexer.js';
import { TextSearch } from './text-search.js';

export default [searchSchema, TextIndexer, TextSearch, SearchController];
