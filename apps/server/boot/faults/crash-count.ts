import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** So many starts without a proper end, within so many milliseconds, are a reason to be careful. */
const most = 3;
const withinMs = 60_000;

/** Remembers in a small file when the server started and did not end properly. */
export class CrashCount {
  constructor(
    private readonly file: string,
    private readonly now: () => number,
  ) {}

  /** Counts this start; answers whether those before it crashed too often. */
  started(): boolean {
    const recent = this.read().filter((at) => this.now() - at < withinMs && at <= this.now());
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(this.file, JSON.stringify({ starts: [...recent, this.now()] }), { mode: 0o600 });
    return recent.length >= most;
  }

  /** The server ends as it should. */
  ended(): void {
    rmSync(this.file, { force: true });
  }

  private read(): number[] {
    try {
      const { starts } = JSON.parse(readFileSync(this.file, 'utf8')) as { starts?: unknown };
      return Array.isArray(starts) ? starts.filter((at) => typeof at === 'number') : [];
    } catch {
      return []; // there is none, or a crash has left half of one
    }
  }
}
