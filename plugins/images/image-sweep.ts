import { Clock, inject, type Lifecycle, Logger, messageOf, plugin, service } from 'dispatch/kernel';
import { Database } from '../storage-sqlite/contract.js';
import { ImageFiles } from './image-files.js';
import { namedImages } from './named-images.js';

const minute = 60_000;
const afterStart = 10 * minute;
const between = 24 * 60 * minute;
/** Between keeping a picture and storing its message lies less than this. */
const youngest = 60 * minute;

export interface ImageSweep {
  /** Removes pictures that no log refers to; answers how many. */
  sweep(): Promise<number>;
}
export const ImageSweep = service<ImageSweep>('dispatch.image-sweep');

/** Once a day takes away what no log refers to: of turns that were refused after all, or of a database that was replaced. */
@plugin({ id: 'images-sweep', version: '0.1.0', provides: ImageSweep })
export class DailyImageSweep implements ImageSweep, Lifecycle {
  private readonly stopped = new AbortController();

  constructor(
    @inject(ImageFiles) private readonly files: ImageFiles,
    @inject(Database) private readonly database: Database,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  start(): void {
    void this.daily();
  }

  stop(): void {
    this.stopped.abort();
  }

  async sweep(): Promise<number> {
    const names = await this.files.names();
    if (names.length === 0) return 0;
    const oldest = this.clock.now() - youngest;
    const { signal } = this.stopped;
    const named = await namedImages(this.database, signal);
    let removed = 0;
    for (const name of names) {
      // cut short, the names are not all there
      if (signal.aborted) break;
      if (!named.has(name) && this.files.removeOlder(name, oldest)) removed++;
    }
    return removed;
  }

  private async daily(): Promise<void> {
    const { signal } = this.stopped;
    for (let wait = afterStart; ; wait = between) {
      await this.clock.sleep(wait, signal);
      if (signal.aborted) return;
      try {
        const removed = await this.sweep();
        if (removed > 0) this.logger.info(`pictures removed that no conversation refers to: ${removed}`);
      } catch (thrown) {
        this.logger.warn(`pictures that nobody refers to were not removed: ${messageOf(thrown)}`);
      }
    }
  }
}
