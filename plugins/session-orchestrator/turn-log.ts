import type { Line } from './contract.js';
import { mergeDeltas } from './merge-deltas.js';

/** A watcher's place in a log. */
export interface Place {
  /** Index of the line that comes next. */
  next: number;
}

/** So many new lines are kept as they are before those that everybody has passed are merged. */
const tidyEvery = 8_192;

/** The lines of one turn, kept once for all who watch it, until the last of them has let go. */
export class TurnLog {
  lines: readonly Line[] = [];
  closed = false;
  private tidied = 0;

  add(line: Line): void {
    (this.lines as Line[]).push(line);
  }

  /** Characters that wait behind this place. */
  waiting(place: Place): number {
    let characters = 0;
    for (let i = place.next; i < this.lines.length; i++) characters += (this.lines[i] as Line).json.length;
    return characters;
  }

  get untidy(): boolean {
    return this.lines.length - this.tidied > tidyEvery;
  }

  /** Merges neighbouring deltas wherever no watcher stands between them. */
  merge(places: readonly Place[]): void {
    if (this.lines.length === this.tidied) return;
    const merged = mergeDeltas(
      this.lines,
      places.map((place) => place.next),
    );
    this.lines = merged.lines;
    places.forEach((place, i) => {
      place.next = merged.places[i] as number;
    });
    this.tidied = this.lines.length;
  }
}
