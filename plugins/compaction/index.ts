import { AutoCompaction } from './auto-compaction.js';
import { Compaction } from './compaction.js';
import { CompactionRoutes } from './compaction-routes.js';
import { ContextRelief } from './context-relief.js';
import { Summarizer } from './summarizer.js';

export default [Summarizer, ContextRelief, Compaction, AutoCompaction, CompactionRoutes];
