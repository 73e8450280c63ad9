import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LeftBehind } from '../../server/boot/faults/left-behind.js';

/** What comes and goes by itself. */
const passing = new Set([
  'Timeout',
  'Immediate',
  'FSReqPromise',
  'FSReqCallback',
  'FileHandleCloseReq',
  'PipeWrap',
  'MessagePort',
  'TTYWrap',
  'WorkerThread',
]);
/** How long something may take to go, in milliseconds. */
const patience = 1_000;

/** Sees what a plugin leaves running: timers and process listeners by who set them, the rest by how many there are. */
export class Traces {
  private readonly left = new LeftBehind();

  constructor(private readonly source: string) {
    this.left.watch();
  }

  /** What the process has open now, by kind. */
  open(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const kind of process.getActiveResourcesInfo()) if (!passing.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return counts;
  }

  /** What there is more of than before once everything had time to go, in words; it is ended, as far as that can be done. */
  async since(before: ReadonlyMap<string, number>): Promise<string | undefined> {
    const end = performance.now() + patience;
    let more = this.more(before);
    for (; more.length > 0 && performance.now() < end; more = this.more(before)) await pause();
    for (let i = 0; i < 3; i++) await pause();
    const timers = this.left.end((address) => this.isOwn(address));
    const found = [...(timers > 0 ? [`${timers} timers or process listeners`] : []), ...more];
    return found.length > 0 ? found.join(', ') : undefined;
  }

  private more(before: ReadonlyMap<string, number>): string[] {
    return [...this.open()].flatMap(([kind, count]) =>
      count > (before.get(kind) ?? 0) ? [`${count - (before.get(kind) ?? 0)} ${kind}`] : [],
    );
  }

  private isOwn(address: string): boolean {
    const path = fileURLToPath(address.replace(/\?.*$/, ''));
    return path === this.source || path.startsWith(this.source + sep);
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
