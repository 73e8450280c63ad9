import { JobRunner } from './job-runner.js';
import { JobsController } from './jobs.controller.js';
import { JobsSurface } from './jobs.surface.js';

export default [JobRunner, JobsController, JobsSurface];
