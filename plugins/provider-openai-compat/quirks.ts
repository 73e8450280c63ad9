import type { Credential } from 'dispatch/kernel';

/** What a model turned out not to take, or to want otherwise. */
export type Quirk = 'no-effort' | 'no-stream-options' | 'max-completion-tokens' | 'wants-thoughts' | 'no-images';

/** What each quirk is called in a log line. */
export const quirkWords: Record<Quirk, string> = {
  'no-effort': 'does not take reasoning_effort; it is left out from now on',
  'no-stream-options': 'does not take stream_options; it is left out from now on',
  'max-completion-tokens': 'takes max_completion_tokens instead of max_tokens',
  'wants-thoughts': 'wants reasoning_content of its earlier answers back',
  'no-images': 'does not take pictures; it is told of them in words from now on',
};

/** A model without eyes; not one that only dislikes this picture's format or size. */
const notTaken =
  /^(?![\s\S]*(format|too large|dimension|resolution|mime))[\s\S]*(unknown variant .?image_url|(not|n't|no endpoints found that) (support|accept|allow)[^.]{0,40}(image|vision|multi-?modal)|(image|vision|multi-?modal)[^.]{0,60}(not|n't|only) (be )?(supported|allowed|accepted|available|enabled))/i;

const signs: readonly [Quirk, RegExp, sent: RegExp][] = [
  ['no-effort', /reasoning[_.]effort/i, /"reasoning_effort":/],
  ['no-stream-options', /stream_options|include_usage/i, /"stream_options":/],
  ['max-completion-tokens', /max_tokens[\s\S]*max_completion_tokens/i, /"max_tokens":/],
  ['wants-thoughts', /reasoning_content/i, /"messages":/],
  ['no-images', notTaken, /"type":"image_url"/],
];

/** Which field a refusal names that was sent, and that the request could do without (or with, for `wants-thoughts`). */
export function quirkNamed(status: number, said: string, body: string, known: ReadonlySet<Quirk>): Quirk | undefined {
  if (status !== 400 && status !== 404 && status !== 422) return undefined;
  return signs.find(([quirk, named, sent]) => !known.has(quirk) && named.test(said) && sent.test(body))?.[0];
}

const none: ReadonlySet<Quirk> = new Set();

/** Remembers quirks for each credential and model as long as the server runs. */
export class QuirkMemory {
  private readonly known = new Map<string, Set<Quirk>>();

  of(credential: Credential, model: string): ReadonlySet<Quirk> {
    return this.known.get(key(credential, model)) ?? none;
  }

  learn(credential: Credential, model: string, quirk: Quirk): void {
    const quirks = this.known.get(key(credential, model)) ?? new Set();
    this.known.set(key(credential, model), quirks.add(quirk));
  }
}

const key = ({ name, baseURL }: Credential, model: string): string => `${name}\n${baseURL ?? ''}\n${model}`;
