import { AutoCompaction } from './auto-compaction.js';
import { Compaction } from './compaction.js';
import { CompactionRoutes } from './compaction-routes.js';
import { Summarizer } from './summarizer.js';

export default [Summarizer, Compaction, AutoCompaction, CompactionRoutes];
