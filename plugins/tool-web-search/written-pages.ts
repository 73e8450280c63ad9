import type { Page } from './firecrawl.js';

/** How a page is wanted. */
export const formats = ['markdown', 'html', 'rawHtml', 'links'] as const;
export type Format = (typeof formats)[number];

/** Characters of one answer at most; the turn shows less and keeps the rest in a file. */
const mostText = 1_000_000;

/** Where a page was found in the end: redirects have been followed. Undefined when it is not told. */
export function pageUrl({ metadata = {} }: Page): string | undefined {
  return [metadata?.url, metadata?.sourceURL].find((each): each is string => typeof each === 'string');
}

/** One page as the model reads it. */
export function writtenPage(page: Page, format: Format): string {
  const { title, statusCode } = page.metadata ?? {};
  const head = [
    typeof title === 'string' && title.trim() !== '' ? `# ${oneLine(title)}` : '',
    pageUrl(page) ?? '',
    typeof statusCode === 'number' && statusCode >= 400 ? `[the page answered ${statusCode}]` : '',
  ].filter((line) => line !== '');
  const content = format === 'links' ? addresses(page.links).join('\n') : page[format];
  const body = typeof content === 'string' && content.trim() !== '' ? content.trim() : '(nothing to read)';
  return cut([...head, '', body].join('\n').trim());
}

export const writtenPages = (pages: readonly Page[], format: Format): string =>
  cut(pages.map((page) => writtenPage(page, format)).join('\n\n---\n\n'));

/** Search results of either version of the API. */
export function writtenResults(data: unknown, limit: number): string {
  const found = Array.isArray(data) ? data : Object.values(Object(data) as Record<string, unknown>).flat();
  const lines = found.slice(0, limit).flatMap((each: unknown, i) => {
    const { title, url, description, snippet } = Object(each) as Record<string, unknown>;
    if (typeof url !== 'string') return [];
    const about = [description, snippet].find((text) => typeof text === 'string' && text.trim() !== '');
    return [
      `${i + 1}. ${typeof title === 'string' ? oneLine(title) : url}`,
      `   ${url}`,
      ...(about ? [`   ${oneLine(about as string)}`] : []),
    ];
  });
  return lines.length === 0 ? 'nothing was found' : cut(lines.join('\n'));
}

/** Addresses, plain or with a title. */
export function addresses(links: unknown): string[] {
  if (!Array.isArray(links)) return [];
  return links.flatMap((each: unknown) => {
    const url = typeof each === 'string' ? each : (Object(each) as { url?: unknown }).url;
    return typeof url === 'string' ? [oneLine(url)] : [];
  });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 1000);
const cut = (text: string): string =>
  text.length <= mostText ? text : `${text.slice(0, mostText).replace(/[\uD800-\uDBFF]$/, '')}\n[cut: there is more]`;
