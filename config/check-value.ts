import { resolve } from 'node:path';
import * as z from 'zod';
import { keySettings } from './addresses.js';
import { type Key, locate, pathKeys, unwrap } from './keys.js';
import type { Assignment } from './layers.js';
import { masked, secretsIn } from './secrets.js';

/** The value an assignment stands for, checked; or undefined, and why in `problems`. */
export function checkValue(assignment: Assignment, home: string, problems: string[]): unknown {
  const { path, origin } = assignment;
  const place = locate(path);
  if (!place) return undefined;
  const { key, entry } = place;
  if (origin.scope === 'default') return pathKeys.has(path) ? absolute(assignment.value, origin.base, home) : assignment.value;
  const value = isText(assignment) ? fromText(key, assignment.value as string) : assignment.value;
  const result = typeOf(key, entry).safeParse(value);
  if (result.success) return pathKeys.has(path) ? absolute(result.data, origin.base, home) : result.data;
  problems.push(sentence({ ...assignment, value }, key, result.error.issues[0]));
  return undefined;
}

/** Flags and variables are texts, whatever they stand for. */
const isText = ({ value, origin }: Assignment): boolean =>
  typeof value === 'string' && ['flag', 'environment', 'dotenv'].includes(origin.scope);

function fromText(key: Key, text: string): unknown {
  switch (key.kind) {
    case 'number':
      return asNumber(text);
    case 'flag':
      return /^(true|1|yes|on)$/i.test(text) ? true : /^(false|0|no|off)$/i.test(text) ? false : text;
    case 'list': {
      const parts = text.split(key.key === 'plugins.folders' ? /[:,]/ : ',').map((part) => part.trim());
      return parts.filter((part) => part !== '').map((part) => (key.numbers ? asNumber(part) : part));
    }
    default:
      return text;
  }
}

const asNumber = (text: string): unknown => (/^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);

function typeOf(key: Key, entry: string | undefined): z.ZodType {
  if (entry === undefined) return key.type;
  const record = unwrap(key.type) as z.ZodRecord;
  return (record.keyType as z.ZodType).safeParse(entry).success
    ? (record.valueType as z.ZodType)
    : z.never({ error: 'has a name that is not allowed' });
}

function absolute(value: unknown, base: string, home: string): unknown {
  if (Array.isArray(value)) return value.map((each) => absolute(each, base, home));
  return typeof value === 'string' ? resolve(base, value.replace(/^~(?=\/|$)/, home)) : value;
}

/** What is wrong, where it was written, and what would be right. Shows no secret. */
function sentence(assignment: Assignment, key: Key, issue: z.core.$ZodIssue | undefined): string {
  const { path, value, origin } = assignment;
  const inside = key.kind === 'record' && path !== key.key;
  if (inside) {
    const member = [path, ...(issue?.path ?? []).map(String)].join('.');
    return `${member} (from ${origin.text}): ${issue?.message ?? `must be ${key.expected}`}`;
  }
  const custom = issue?.code === 'custom' ? issue.message : `must be ${key.expected}`;
  const shown = keySettings.includes(path) ? '' : ` is ${clip(masked(value, secretsIn(assignment)))} and`;
  return `${path} (from ${origin.text})${shown} ${custom}`;
}

function clip(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
