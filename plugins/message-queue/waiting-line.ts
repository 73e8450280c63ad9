import type { QueuedMessage } from 'dispatch/wire';
import { joined } from './queue-limits.js';

interface Entry {
  message: QueuedMessage;
  /** `offered`: part of a text that a turn may take; `taken`: that text is stored, and the disk forgets the message. */
  state: 'waits' | 'offered' | 'taken';
}

/** Messages on their way to the model. */
export interface Offer {
  /** As the model is told them. */
  readonly text: string;
  readonly ids: ReadonlySet<string>;
}

/** The messages of one conversation in their order, and which of them are on their way to the model. */
export class WaitingLine {
  private entries: Entry[];
  private offers: Offer[] = [];

  constructor(messages: readonly QueuedMessage[]) {
    this.entries = messages.map((message) => ({ message, state: 'waits' }));
  }

  get messages(): QueuedMessage[] {
    return this.entries.filter((entry) => entry.state !== 'taken').map((entry) => entry.message);
  }

  /** Nothing is here, and nothing can come back. */
  get over(): boolean {
    return this.entries.length === 0;
  }

  /** Whether a message may still be cancelled or changed. */
  waits(id: string): boolean {
    return this.entries.some(({ message, state }) => message.id === id && state === 'waits');
  }

  add(message: QueuedMessage): void {
    this.entries.push({ message, state: 'waits' });
  }

  edit(id: string, text: string): void {
    for (const entry of this.entries) if (entry.message.id === id) entry.message = { ...entry.message, text };
  }

  /** One text of all that wait, and of what else is to be said after them; undefined when nothing waits. */
  offer(more: readonly string[] = []): Offer | undefined {
    const waiting = this.entries.filter((entry) => entry.state === 'waits');
    if (waiting.length === 0) return undefined;
    for (const entry of waiting) entry.state = 'offered';
    const text = joined([...waiting.map(({ message }) => message.text), ...more]);
    const offer = { text, ids: new Set(waiting.map(({ message }) => message.id)) };
    this.offers.push(offer);
    return offer;
  }

  /** A text was stored: if it was offered, its messages are taken, and these are their ids. */
  confirm(text: string): ReadonlySet<string> | undefined {
    const offer = this.offers.find((each) => each.text === text);
    if (!offer) return undefined;
    this.offers = this.offers.filter((each) => each !== offer);
    for (const entry of this.entries) if (offer.ids.has(entry.message.id)) entry.state = 'taken';
    return offer.ids;
  }

  /** Nobody has taken, or ever will take, what was offered: it waits again. Answers which messages. */
  retract(): ReadonlySet<string> {
    const ids = new Set(this.offers.flatMap((offer) => [...offer.ids]));
    this.offers = [];
    for (const entry of this.entries) if (ids.has(entry.message.id)) entry.state = 'waits';
    return ids;
  }

  remove(ids: ReadonlySet<string>): void {
    this.entries = this.entries.filter(({ message }) => !ids.has(message.id));
  }

  clear(): void {
    this.entries = [];
    this.offers = [];
  }
}
