import { type Service, service } from 'dispatch/kernel';
import type { PluginStatus } from 'dispatch/wire';

/** Changes which plugins run while the server runs. What changes something rejects with a `PluginRefused`. */
export interface PluginControl {
  /** Reads a plugin's folder again. The newer generation takes the place of the old one only once it has started. */
  reload(id: string): Promise<PluginStatus>;
  /** Lets a plugin run that was disabled, or that rests after too many faults. */
  enable(id: string): Promise<PluginStatus>;
  /** Stops a plugin until it is enabled, also after a restart of the server. */
  disable(id: string): Promise<PluginStatus>;
  /** Calls back with each plugin that came, went (`stopped`) or changed; answers how to end that. */
  onChange(changed: (plugin: PluginStatus) => void): () => void;
}
export const PluginControl: Service<PluginControl> = service<PluginControl>('dispatch.plugin-control');

/** Nothing was changed: there is no such plugin, or something stands in the way. */
export class PluginRefused extends Error {
  constructor(
    readonly code: 'unknown' | 'refused',
    message: string,
  ) {
    super(message);
    this.name = 'PluginRefused';
  }
}

/** Knows what was begun with the plugins of just now, so that none of them is stopped under it. */
export interface WorkInProgress {
  /** Resolves when every turn that has begun by now is over, or the signal aborts. Never rejects. */
  over(signal: AbortSignal): Promise<void>;
}
export const WorkInProgress: Service<WorkInProgress> = service<WorkInProgress>('dispatch.work-in-progress');
