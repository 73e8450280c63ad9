import { fileURLToPath } from 'node:url';
import type { Position, Range } from 'vscode-languageserver-protocol/node';
import { isObject } from './definition.js';

/** What servers answer is looked at before it is believed: what does not fit is left out. All pure. */

export interface Problem {
  range: Range;
  /** 1 error, 2 warning, 3 information, 4 hint. */
  severity: 1 | 2 | 3 | 4;
  code?: string;
  source?: string;
  message: string;
}

export interface Place {
  /** Absolute, or an address where it is no file. */
  path: string;
  range: Range;
}

export interface NamedPlace {
  name: string;
  /** As the protocol numbers them. */
  kind: number;
  detail?: string;
  range: Range;
  depth: number;
}

const longestMessage = 2_000;
/** Taken of one file at most. */
export const mostProblems = 1_000;
const mostPlaces = 5_000;
const mostSymbols = 5_000;
const deepest = 50;

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown, most: number): string | undefined => (typeof value === 'string' ? value.slice(0, most) : undefined);

const isPosition = (value: unknown): value is Position => isObject(value) && isCount(value.line) && isCount(value.character);
const isRange = (value: unknown): value is Range => isObject(value) && isPosition(value.start) && isPosition(value.end);

/** The path of a `file:` address, or undefined. */
export function pathOf(uri: unknown): string | undefined {
  if (typeof uri !== 'string' || !uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

export function problemsIn(value: unknown): Problem[] {
  return list(value)
    .slice(0, mostProblems)
    .flatMap((each): Problem[] => {
      if (!isObject(each) || !isRange(each.range) || typeof each.message !== 'string') return [];
      const severity = [1, 2, 3, 4].includes(each.severity as number) ? (each.severity as Problem['severity']) : 1;
      const code = typeof each.code === 'number' ? String(each.code) : text(each.code, 100);
      const source = text(each.source, 100);
      return [
        { range: each.range, severity, ...(code && { code }), ...(source && { source }), message: each.message.slice(0, longestMessage) },
      ];
    });
}

/** `Location`, `Location[]` or `LocationLink[]`. */
export function placesIn(value: unknown): Place[] {
  return (Array.isArray(value) ? value : [value]).slice(0, mostPlaces).flatMap((each): Place[] => {
    if (!isObject(each)) return [];
    const uri = each.uri ?? each.targetUri;
    const range = each.range ?? each.targetSelectionRange ?? each.targetRange;
    return typeof uri === 'string' && isRange(range) ? [{ path: pathOf(uri) ?? uri.slice(0, 500), range }] : [];
  });
}

/** `DocumentSymbol[]` or `SymbolInformation[]`, parents before their children, in the order of the text. */
export function symbolsIn(value: unknown): NamedPlace[] {
  const found: NamedPlace[] = [];
  const add = (items: unknown[], depth: number): void => {
    const placed = items.slice(0, mostSymbols).flatMap((each) => {
      const range = isObject(each) ? (each.selectionRange ?? (isObject(each.location) ? each.location.range : undefined)) : undefined;
      return isObject(each) && typeof each.name === 'string' && isRange(range) ? [{ each, name: each.name, range }] : [];
    });
    placed.sort((a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character);
    for (const { each, name, range } of placed) {
      if (found.length >= mostSymbols) return;
      const detail = text(each.detail, 200);
      found.push({ name: name.slice(0, 200), kind: isCount(each.kind) ? each.kind : 0, ...(detail && { detail }), range, depth });
      if (depth < deepest) add(list(each.children), depth + 1);
    }
  };
  add(list(value), 0);
  return found;
}

/** `MarkupContent`, `MarkedString` or a list of these, as one text; empty when nothing is said. */
export function hoverText(value: unknown): string {
  const contents = isObject(value) ? value.contents : undefined;
  const parts = (Array.isArray(contents) ? contents : [contents]).slice(0, 100).map((part) => {
    if (typeof part === 'string') return part;
    if (!isObject(part) || typeof part.value !== 'string') return '';
    return typeof part.language === 'string' ? `\`\`\`${part.language}\n${part.value}\n\`\`\`` : part.value;
  });
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n');
}
