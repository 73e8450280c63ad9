import type { ChatEvent, Usage } from 'dispatch/wire';
import { jsonLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';

/** A result longer than this is cut on the screen, in characters. */
const longest = 4000;

/** A tool's result as a terminal shows it. */
export function shortened(content: string): string {
  if (content.length <= longest) return content;
  return `${content.slice(0, longest)}\n… ${content.length - longest} more characters`;
}

/** Shows the events of a turn as they come, and keeps what the end needs to know. */
export class TurnView {
  /** Why the turn ended; undefined while it runs. */
  reason: string | undefined;
  sealed = false;
  private usage: Usage | undefined;
  private kind: 'text' | 'reasoning' | 'other' = 'other';

  constructor(
    private readonly screen: Screen,
    private readonly showReasoning: boolean,
  ) {}

  show(event: ChatEvent): void {
    if (event.type === 'done') this.reason = event.reason;
    if (event.type === 'turn-sealed') this.sealed = true;
    if (event.type === 'error') this.screen.note(`error: ${event.message}`, 'red');
    if (this.screen.json) this.screen.raw(jsonLine(event));
    else this.draw(event);
  }

  private draw(event: ChatEvent): void {
    const { screen } = this;
    switch (event.type) {
      case 'text-delta':
        this.turnTo('text');
        return screen.text(event.delta);
      case 'reasoning-delta':
        if (!this.showReasoning) return;
        this.turnTo('reasoning');
        return screen.text(event.delta, 'dim');
      case 'tool-call':
        this.turnTo('other');
        return screen.line(`${event.toolName} ${jsonLine(event.input)}`, 'cyan', '[tool]');
      case 'tool-output':
        this.turnTo('other');
        return screen.text(event.data);
      case 'tool-result':
        this.turnTo('other');
        return screen.line(shortened(event.content), event.isError ? 'red' : 'cyan', `[tool:${event.toolName}]`);
      case 'steering':
        this.turnTo('other');
        return screen.line(event.text, 'cyan', '[steering]');
      case 'provider-retry':
        return this.retry(event);
      case 'usage':
        this.add(event.usage);
        return;
      case 'done':
        this.turnTo('other');
        if (event.usage ?? this.usage) this.figures(event.usage ?? (this.usage as Usage));
        return;
    }
  }

  private retry({ attempt, delayMs, message, discard }: Extract<ChatEvent, { type: 'provider-retry' }>): void {
    this.turnTo('other');
    const dropped = discard ? '; the text of this step is dropped and comes again' : '';
    this.screen.note(`[retry] ${attempt + 1} in ${(delayMs / 1000).toFixed(1)} s: ${message}${dropped}`, 'dim');
  }

  private figures({ inputTokens, outputTokens, cacheReadTokens }: Usage): void {
    const cached = cacheReadTokens ? ` cached=${cacheReadTokens}` : '';
    this.screen.line(`in=${inputTokens} out=${outputTokens}${cached}`, 'dim', '[usage]');
  }

  private add({ inputTokens, outputTokens }: Usage): void {
    this.usage = {
      inputTokens: inputTokens + (this.usage?.inputTokens ?? 0),
      outputTokens: outputTokens + (this.usage?.outputTokens ?? 0),
    };
  }

  /** What is of another kind begins on a line of its own. Live output goes on where it was. */
  private turnTo(kind: 'text' | 'reasoning' | 'other'): void {
    if (kind !== this.kind) this.screen.fresh();
    this.kind = kind;
  }
}
