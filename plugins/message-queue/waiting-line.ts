import type { QueuedMessage } from 'dispatch/wire';

interface Entry {
  message: QueuedMessage;
  /** `handed`: somebody is about to take it; `leaving`: taken, and the disk is being told. */
  state: 'waits' | 'handed' | 'leaving';
}

/** The messages of one conversation in their order, and which of them are on their way to the model. */
export class WaitingLine {
  private entries: Entry[];

  constructor(messages: readonly QueuedMessage[]) {
    this.entries = messages.map((message) => ({ message, state: 'waits' }));
  }

  get messages(): QueuedMessage[] {
    return this.entries.filter((entry) => entry.state !== 'leaving').map((entry) => entry.message);
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

  /** Offers all that wait to somebody who may take them. */
  handOver(): QueuedMessage[] {
    const offered = this.entries.filter((entry) => entry.state !== 'leaving');
    for (const entry of offered) entry.state = 'handed';
    return offered.map((entry) => entry.message);
  }

  /** Nobody took what was offered. */
  release(): void {
    for (const entry of this.entries) if (entry.state === 'handed') entry.state = 'waits';
  }

  /** They are taken: from now on nobody else is offered them. */
  leave(ids: ReadonlySet<string>): void {
    this.turn(ids, 'leaving');
  }

  /** They could not go, and wait again where they stood. */
  stay(ids: ReadonlySet<string>): void {
    this.turn(ids, 'waits');
  }

  remove(ids: ReadonlySet<string>): void {
    this.entries = this.entries.filter(({ message }) => !ids.has(message.id));
  }

  clear(): void {
    this.entries = [];
  }

  private turn(ids: ReadonlySet<string>, state: Entry['state']): void {
    for (const entry of this.entries) if (ids.has(entry.message.id)) entry.state = state;
  }
}
