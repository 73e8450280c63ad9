import { inject, plugin } from 'dispatch/kernel';
import type { Surface } from 'dispatch/wire';
import { type SurfaceProvider, Surfaces, SurfaceUpdates } from '../surface-registry/contract.js';
import type { JobStatus } from './contract.js';
import { JobList } from './job-runner.js';

const entry = { id: 'jobs', region: 'side', title: 'Scheduled jobs', scope: 'global' } as const;

/** The scheduled jobs, as a front end shows them. */
@plugin({ id: 'jobs-surface', version: '0.1.0', provides: Surfaces })
export class JobsSurface implements SurfaceProvider {
  readonly entry = entry;
  private unwatch: () => void = () => undefined;

  constructor(
    @inject(JobList) private readonly list: JobList,
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
  ) {}

  start(): void {
    this.unwatch = this.list.onChange(() => this.updates.changed(entry.id));
  }

  stop(): void {
    this.unwatch();
  }

  render(): Surface {
    const { id, region, title } = entry;
    return { id, region, title, fields: this.list.status().map((job) => ({ kind: 'stat', label: job.title, value: stateOf(job) })) };
  }
}

function stateOf({ running, problem, last, nextAt, schedule }: JobStatus): string {
  if (problem !== undefined) return `never runs: ${problem}`;
  if (running) return 'runs now';
  const next = nextAt === undefined ? '' : `, next ${new Date(nextAt).toISOString()}`;
  if (!last) return `${schedule}${next}`;
  return `${schedule}, ${last.error === undefined ? 'went well' : `failed: ${last.error}`} ${new Date(last.at).toISOString()}${next}`;
}
