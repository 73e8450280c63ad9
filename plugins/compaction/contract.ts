import { type Service, service } from 'dispatch/kernel';
import type { CompactAnswer } from 'dispatch/wire';

export interface CompactionWishes {
  /** Messages that stay as they are; 10 when absent. At least 1. */
  keepLastN?: number;
  /** `<credential>/<model>` that summarises; the conversation's own when absent. */
  modelName?: string;
}

/**
 * Why a history stays as it is. `unknown`: no such conversation; `busy`: a turn or another compaction is at work;
 * `short`: nothing to summarise; `model`: no such model; `provider`: it failed or said nothing of use; `larger`: the
 * summary is no shorter than what it stands for; `changed`: somebody spoke meanwhile.
 */
export type RefusalReason = 'unknown' | 'busy' | 'short' | 'model' | 'provider' | 'larger' | 'changed';

/** Nothing was changed; the message says why. */
export class CompactionRefused extends Error {
  constructor(
    readonly reason: RefusalReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CompactionRefused';
  }
}

/** Makes long histories short: what is old becomes a summary, and lives on whole in an archive. */
export interface Compactions {
  /** Throws a `CompactionRefused`, or a `StorageError`; then nothing has changed. */
  compact(conversationId: string, wishes?: CompactionWishes): Promise<CompactAnswer>;
}
export const Compactions: Service<Compactions> = service<Compactions>('dispatch.compactions');
