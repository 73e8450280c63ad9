import type { Clock } from 'dispatch/kernel';
import { askService } from './service-request.js';
import { WebFailed } from './web-failed.js';

/** What goes out with every request. */
export interface FirecrawlAccess {
  /** With or without `/v1` at its end. */
  baseUrl: string;
  apiKey?: string;
}

/** A page as Firecrawl hands it over; every field may be missing. */
export interface Page {
  markdown?: string;
  html?: string;
  rawHtml?: string;
  links?: unknown;
  metadata?: { title?: unknown; url?: unknown; sourceURL?: unknown; statusCode?: unknown };
}

/** What a crawl came to. `ended`: why it is not whole. */
export interface Crawled {
  pages: Page[];
  total: number;
  ended?: string;
}

const timeoutMs = 30_000;
const maxBytes = 16 * 1024 * 1024;
const crawlLimitMs = 300_000;
const pollMs = 2_000;
/** So many times in a row asking for the state of a crawl may fail. */
const patience = 3;

type Json = Record<string, unknown>;

/** Firecrawl's API. Every method throws a `WebFailed`. */
export class Firecrawl {
  private readonly base: string;

  constructor(
    private readonly access: FirecrawlAccess,
    private readonly clock: Clock,
  ) {
    const bare = access.baseUrl.replace(/\/+$/, '');
    this.base = /\/v\d+$/.test(bare) ? bare : `${bare}/v1`;
  }

  /** One request that answers what is asked for at once. */
  async ask(what: 'search' | 'scrape' | 'map', body: Json, signal: AbortSignal): Promise<Json> {
    return this.request('POST', what, signal, body);
  }

  /** Starts a crawl and waits for it, five minutes at most; what there is by then is answered. */
  async crawl(body: Json, limit: number, signal: AbortSignal, progress: (done: number, total: number) => void): Promise<Crawled> {
    const began = this.clock.elapsed();
    const { id } = await this.request('POST', 'crawl', signal, body);
    if (typeof id !== 'string' || !/^[\w-]{1,200}$/.test(id)) throw new WebFailed('Firecrawl started a crawl without telling its id');
    let failures = 0;
    let told = -1;
    for (;;) {
      const state = await this.request('GET', `crawl/${id}`, signal).catch((thrown: unknown) => {
        if (!(thrown instanceof WebFailed) || !thrown.passing || ++failures >= patience) throw thrown;
        return undefined;
      });
      if (state) {
        failures = 0;
        const [done, total] = [count(state.completed), count(state.total)];
        if (done !== told) progress(done, total);
        told = done;
        if (state.status === 'completed') return { pages: await this.pages(id, state, limit, signal), total };
        if (state.status === 'failed' || state.status === 'cancelled') {
          const pages = await this.pages(id, state, limit, signal);
          const ended = `the crawl ${state.status === 'failed' ? 'failed' : 'was cancelled'}${reason(state)}`;
          if (pages.length === 0) throw new WebFailed(ended);
          return { pages, total, ended };
        }
        if (this.clock.elapsed() - began >= crawlLimitMs) {
          this.cancel(id);
          return { pages: await this.pages(id, state, limit, signal), total, ended: 'the crawl was not finished after 5 minutes' };
        }
      }
      await this.clock.sleep(pollMs, signal);
      if (signal.aborted) {
        this.cancel(id);
        throw new WebFailed('the crawl was stopped');
      }
    }
  }

  /** A long crawl comes in parts: `next` says where the following one begins. Only that number is taken from it. */
  private async pages(id: string, state: Json, limit: number, signal: AbortSignal): Promise<Page[]> {
    const pages = [...list(state.data)];
    let { next } = state;
    while (pages.length < limit && typeof next === 'string' && URL.canParse(next)) {
      const skip = Number(new URL(next).searchParams.get('skip'));
      if (!Number.isInteger(skip) || skip < pages.length) break;
      const part = await this.request('GET', `crawl/${id}?skip=${skip}`, signal);
      const more = list(part.data);
      if (more.length === 0) break;
      pages.push(...more);
      next = part.next;
    }
    return pages.slice(0, limit);
  }

  /** Nobody waits for it any more; that it may fail changes nothing. */
  private cancel(id: string): void {
    this.request('DELETE', `crawl/${id}`, new AbortController().signal).catch(() => undefined);
  }

  private async request(method: 'GET' | 'POST' | 'DELETE', path: string, signal: AbortSignal, body?: Json): Promise<Json> {
    const url = new URL(`${this.base}/${path}`);
    const { apiKey } = this.access;
    const { status, json, text } = await askService({ service: 'Firecrawl', url, method, apiKey, body, signal, timeoutMs, maxBytes });
    const answer = json !== null && typeof json === 'object' ? (json as Json) : undefined;
    if (status >= 400) throw new WebFailed(`Firecrawl ${meaning(status)}${reason(answer)}`, status === 429 || status >= 500);
    if (!answer) throw new WebFailed(`Firecrawl answered no JSON: is ${url.origin} really its address? It said: ${text.slice(0, 200)}`);
    if (answer.success === false) throw new WebFailed(`Firecrawl could not do it${reason(answer)}`);
    return answer;
  }
}

const words: Record<number, string> = {
  401: 'refused the key (401): set FIRECRAWL_API_KEY',
  402: 'wants to be paid (402): the account has no credits left',
  403: 'refused (403)',
  404: 'does not know this (404): is FIRECRAWL_BASE_URL right?',
  408: 'took too long over the page (408)',
  429: 'has been asked too often (429): wait a little',
};
const meaning = (status: number): string => words[status] ?? `answered ${status}`;

function reason(answer: Json | undefined): string {
  const { error, message } = answer ?? {};
  const said = typeof error === 'string' ? error : typeof message === 'string' ? message : '';
  return said === '' ? '' : `: ${said.slice(0, 500)}`;
}

const list = (value: unknown): Page[] =>
  Array.isArray(value) ? value.filter((each): each is Page => each !== null && typeof each === 'object') : [];
const count = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0);
