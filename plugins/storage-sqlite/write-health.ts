import type { Clock, Logger } from 'dispatch/kernel';
import type { HealthCheck } from '../transport-http/contract.js';
import type { StorageError } from './contract.js';

const probeEveryMs = 1000;

/**
 * Remembers whether the disk takes writes. While it does not, tries a small write now and then, so that the server
 * recovers by itself.
 */
export class WriteHealth implements HealthCheck {
  #error: StorageError | undefined;
  readonly #stopped = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly probe: () => Promise<unknown>,
  ) {}

  problem(): string | undefined {
    return this.#error?.message;
  }

  /** Whether the file could be opened for reading only: it has to be opened again to find out that this is over. */
  get readOnly(): boolean {
    return this.#error?.code === 'read-only';
  }

  failed(error: StorageError): void {
    const before = this.#error;
    this.#error = error;
    if (before) return;
    this.logger.error(`writes fail: ${error.message}`, { code: error.code });
    void this.#watch();
  }

  succeeded(): void {
    if (this.#error) this.logger.info('writes succeed again');
    this.#error = undefined;
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #watch(): Promise<void> {
    while (this.#error && !this.#stopped.signal.aborted) {
      await this.clock.sleep(probeEveryMs, this.#stopped.signal);
      if (this.#error && !this.#stopped.signal.aborted) await this.probe().catch(() => undefined);
    }
  }
}
