import { isObject } from './definition.js';
import { type Problem, pathOf, problemsIn } from './shapes.js';

/** What a server has published of one file. */
export interface Pushed {
  /** The how-manieth publication of the server it was. */
  serial: number;
  /** When, in milliseconds that only rise. */
  at: number;
  version?: number;
  problems: readonly Problem[];
}

const mostFiles = 1_000;

/** What a server publishes by itself, by file; what was published longest ago is forgotten first. */
export class PushedDiagnostics {
  private readonly files = new Map<string, Pushed>();
  private count = 0;

  /** Publications so far. */
  get serial(): number {
    return this.count;
  }

  take(params: unknown): void {
    const path = isObject(params) ? pathOf(params.uri) : undefined;
    if (!isObject(params) || path === undefined) return;
    this.count++;
    this.files.delete(path);
    const version = typeof params.version === 'number' ? params.version : undefined;
    this.files.set(path, {
      serial: this.count,
      at: performance.now(),
      ...(version !== undefined && { version }),
      problems: problemsIn(params.diagnostics),
    });
    if (this.files.size > mostFiles) this.files.delete(this.files.keys().next().value as string);
  }

  of(path: string): Pushed | undefined {
    return this.files.get(path);
  }

  forget(path: string): void {
    this.files.delete(path);
  }
}
