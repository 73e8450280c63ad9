import {
  Clock,
  type Credential,
  inject,
  type Provider,
  ProviderError,
  Providers,
  plugin,
  type StepPart,
  type StepRequest,
} from 'dispatch/kernel';
import type { ModelInfo } from 'dispatch/wire';
import { type CredentialSource, CredentialSources } from '../credential-store/contract.js';
import { help, missing, quote, situation, talk, thoughts } from './answers.js';
import { wantedFailure } from './failures.js';
import { understand, type Wish } from './grammar.js';
import { promptTokens, tokensIn } from './token-estimate.js';
import { type ToolCall, toolCall } from './tool-calls.js';

const info = { contextWindow: 128_000, vision: false };
const offline: readonly Credential[] = [{ name: 'offline', provider: 'offline', defaultModel: 'tools' }];

/** What one step says: thoughts, then text, then calls; or a failure, after half of the text where it is `midway`. */
interface Script {
  thinking: string;
  text: string;
  calls: readonly ToolCall[];
  failure?: ProviderError;
  slow: boolean;
}

/** The stand-in that needs no key and no network: it drives the real tools by fixed phrases. */
@plugin({ id: 'provider-offline', version: '0.1.0', provides: [Providers, CredentialSources] })
export class Offline implements Provider, CredentialSource {
  readonly kind = 'offline';
  /** After all others: the default only while there is no other credential. */
  readonly order = 1000;
  private calls = 0;

  constructor(@inject(Clock) private readonly clock: Clock) {}

  credentials(): readonly Credential[] {
    return offline;
  }

  async models(): Promise<({ id: string } & ModelInfo)[]> {
    return [
      { id: 'tools', ...info },
      { id: 'echo', ...info },
    ];
  }

  async *stream(_credential: Credential, request: StepRequest): AsyncIterable<StepPart> {
    const { thinking, text, calls, failure, slow } = script(request);
    if (failure && text === '') throw failure;
    yield { type: 'open' };
    yield* this.words('thinking', thinking, request, slow);
    const spoken = words(text);
    const limit = failure ? Math.ceil(spoken.length / 2) : (request.maxOutputTokens ?? spoken.length);
    const told = spoken.slice(0, limit).join('');
    yield* this.words('text', told, request, slow);
    if (failure) throw failure;
    const cut = limit < spoken.length;
    if (!cut) for (const [index, call] of calls.entries()) yield* this.call(index, call);
    const outputTokens = tokensIn(thinking + told + (cut || calls.length === 0 ? '' : JSON.stringify(calls)));
    yield { type: 'usage', usage: { inputTokens: promptTokens(request), outputTokens } };
    yield { type: 'finish', reason: cut ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop' };
  }

  /** Word by word with small pauses; a long text takes no longer than two seconds, unless it is to be slow. */
  private async *words(type: 'text' | 'thinking', text: string, { signal }: StepRequest, slow: boolean): AsyncIterable<StepPart> {
    const pieces = words(text);
    const pause = slow ? 200 : Math.min(5, 2000 / pieces.length);
    for (const piece of pieces) {
      if (pause >= 1) await this.clock.sleep(pause, signal);
      if (signal.aborted) throw new ProviderError('the request was aborted', { code: 'aborted', retryable: false });
      yield { type, text: piece };
    }
  }

  private *call(index: number, { name, input }: ToolCall): Iterable<StepPart> {
    yield { type: 'call', index, id: `offline-${this.clock.now().toString(36)}-${this.calls++}`, name };
    for (const piece of JSON.stringify(input).match(/[\s\S]{1,64}/gu) ?? []) yield { type: 'call', index, input: piece };
  }
}

const words = (text: string): string[] => text.match(/\s*\S+|\s+$/g) ?? [];

function script(request: StepRequest): Script {
  const { text, images, results } = situation(request.messages);
  const wish = understand(text);
  const thinking = wish.reason && results.length === 0 ? thoughts(wish) : '';
  const say = (answer: string): Script => ({ thinking, text: answer, calls: [], slow: wish.slow });
  switch (request.model) {
    case 'echo':
      return wish.wants === 'failure' ? failing(wish) : say(text);
    case 'tools':
      if (results.length > 0) return say(quote(results));
      if (wish.wants === 'failure') return failing(wish);
      if (wish.wants === 'help') return say(help);
      return wish.wants === 'talk' ? say(talk(text, images)) : withTools(request, wish, say);
    default:
      throw new ProviderError(`offline has no model "${request.model}": it has echo and tools`, {
        code: 'unknown-model',
        retryable: false,
      });
  }
}

function withTools({ tools }: StepRequest, wish: Wish, say: (answer: string) => Script): Script {
  const calls = wish.requests.map(toolCall);
  const absent = calls.map(({ name }) => name).filter((name) => !tools.some((tool) => tool.name === name));
  if (absent.length > 0) return say(missing([...new Set(absent)]));
  return { ...say(''), calls };
}

const failing = ({ failure, slow }: Wish): Script => ({
  thinking: '',
  text: failure === 'midway' ? 'This answer will break off somewhere in the middle of what it had to say.' : '',
  calls: [],
  failure: wantedFailure(failure),
  slow,
});
