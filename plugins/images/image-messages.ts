import { type Filter, inject, type Message, MessageFilters, plugin, type TurnContext } from 'dispatch/kernel';
import type { Chunk, ImageChunk } from 'dispatch/wire';
import { Models } from '../credential-store/contract.js';
import { dataUrl } from './data-url.js';
import { ImageFiles } from './image-files.js';
import { keptName, typeOfName } from './image-name.js';

/** Characters of pictures that are remembered between turns. */
const remembered = 32 * 1024 * 1024;

const unseen = '[a picture was sent here; this model does not take pictures, so you cannot see it: say so if it matters]';
const gone = '[a picture was sent here, and is not kept any more]';

const hasImage = ({ role, chunks }: Message): boolean => role === 'user' && chunks.some(({ type }) => type === 'image');

/**
 * Shows a model the pictures that the log only names: as `data:` addresses, or in words where the model is known not to
 * see. The same stored message becomes the same object as long as it is remembered, and always the same bytes.
 */
@plugin({ id: 'images-messages', version: '0.1.0', provides: MessageFilters })
export class ImageMessages implements Filter<readonly Message[]> {
  /** Last of all: what other filters make of messages is shown too. */
  readonly order = 900;
  /** Lists without any picture, by first message, as they were last seen. */
  private readonly without = new WeakMap<Message, readonly Message[]>();
  private readonly seen = new WeakMap<Message, Message>();
  private readonly told = new WeakMap<Message, Message>();
  /** The remembered of `seen` and what they weigh, the one used last at the end. */
  private readonly weights = new Map<Message, number>();
  private weight = 0;

  constructor(
    @inject(ImageFiles) private readonly files: ImageFiles,
    @inject(Models) private readonly models: Models,
  ) {}

  filter(messages: readonly Message[], { model }: TurnContext): readonly Message[] | Promise<readonly Message[]> {
    return this.anyImage(messages) ? this.shown(messages, model) : messages;
  }

  /** What was looked at before is only compared, which costs a hundredth. */
  private anyImage(messages: readonly Message[]): boolean {
    const [first] = messages;
    if (!first) return false;
    const known = this.without.get(first) ?? [];
    let at = 0;
    while (at < known.length && known[at] === messages[at]) at++;
    for (; at < messages.length; at++) if (hasImage(messages[at] as Message)) return true;
    this.without.set(first, messages);
    return false;
  }

  /** A model of which nobody knows whether it sees is shown what there is. */
  private async shown(messages: readonly Message[], model: string): Promise<readonly Message[]> {
    const { vision } = await this.models.resolve(model).catch(() => ({ vision: undefined }));
    const shown: Message[] = [];
    for (const message of messages)
      shown.push(!hasImage(message) ? message : vision === false ? this.inWords(message) : await this.inSight(message));
    return shown;
  }

  private inWords(message: Message): Message {
    const known = this.told.get(message);
    if (known) return known;
    const made = {
      ...message,
      chunks: message.chunks.map((chunk): Chunk => (chunk.type === 'image' ? { type: 'text', text: unseen } : chunk)),
    };
    this.told.set(message, made);
    return made;
  }

  private async inSight(message: Message): Promise<Message> {
    const made = this.seen.get(message) ?? { ...message, chunks: await Promise.all(message.chunks.map((chunk) => this.opened(chunk))) };
    this.remember(message, made);
    return made;
  }

  private async opened(chunk: Chunk): Promise<Chunk> {
    const name = keptName(chunk);
    if (name === undefined) return chunk;
    const bytes = await this.files.read(name);
    return bytes ? { ...(chunk as ImageChunk), url: dataUrl(typeOfName(name), bytes) } : { type: 'text', text: gone };
  }

  private remember(message: Message, made: Message): void {
    this.seen.set(message, made);
    this.weight -= this.weights.get(message) ?? 0;
    this.weights.delete(message);
    const weight = made.chunks.reduce((sum, chunk) => sum + (chunk.type === 'image' ? chunk.url.length : 0), 0);
    this.weights.set(message, weight);
    this.weight += weight;
    for (const [oldest, weighs] of this.weights) {
      if (this.weight <= remembered || oldest === message) return;
      this.weights.delete(oldest);
      this.seen.delete(oldest);
      this.weight -= weighs;
    }
  }
}
