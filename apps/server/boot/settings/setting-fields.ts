import * as z from 'zod';
import type { SettingField } from '../../../../plugins/plugin-settings/contract.js';
import { isZod } from './settings-check.js';

/** JSON Schema, as far as it matters here. */
export interface Shape {
  type?: unknown;
  title?: unknown;
  description?: unknown;
  default?: unknown;
  enum?: unknown;
  items?: Shape;
  properties?: Readonly<Record<string, Shape>>;
  additionalProperties?: Shape | boolean;
  required?: unknown;
  [more: string]: unknown;
}

/** What was declared as JSON Schema; undefined where a schema of zod cannot be spelt as one. */
export function shapeOf(schema: object): Shape | undefined {
  if (!isZod(schema)) return schema as Shape;
  try {
    return z.toJSONSchema(schema as unknown as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Shape;
  } catch {
    return undefined; // of another version of zod
  }
}

/** Whether nobody may be shown what this describes. */
export function isSecret(shape: Shape): boolean {
  return shape.secret === true || shape.format === 'password' || shape.writeOnly === true || shape.format === 'secret';
}

/** Whether something that is not to be shown is in it, anywhere. */
export function holdsSecret(shape: unknown): boolean {
  if (Array.isArray(shape)) return shape.some(holdsSecret);
  if (shape === null || typeof shape !== 'object') return false;
  return isSecret(shape as Shape) || Object.values(shape).some(holdsSecret);
}

/** The settings that a schema names, one by one. Pure. */
export function fieldsOf(shape: Shape | undefined): SettingField[] {
  const { properties = {}, required } = shape ?? {};
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([key, each]) => fieldOf(key, each, needed.includes(key) && each.default === undefined));
}

function fieldOf(key: string, shape: Shape, required: boolean): SettingField {
  const { title, description } = shape;
  const secret = holdsSecret(shape);
  return {
    key,
    label: typeof title === 'string' ? title : spelt(key),
    ...(typeof description === 'string' && { description }),
    ...kindOf(shape),
    required,
    secret,
    ...(!secret && shape.default !== undefined && { default: shape.default }),
  };
}

function kindOf(shape: Shape): Pick<SettingField, 'kind' | 'options' | 'min' | 'max' | 'step'> {
  const { type, enum: options, items } = shape;
  if (Array.isArray(options) && options.every((each) => typeof each === 'string')) return { kind: 'choice', options };
  if (type === 'boolean') return { kind: 'flag' };
  if (type === 'number' || type === 'integer')
    return {
      kind: 'number',
      ...bound('min', shape.minimum, Number.MIN_SAFE_INTEGER),
      ...bound('max', shape.maximum, Number.MAX_SAFE_INTEGER),
      ...(type === 'integer' ? { step: 1 } : bound('step', shape.multipleOf)),
    };
  if (type === 'string') return { kind: 'text' };
  return { kind: type === 'array' && items?.type === 'string' ? 'list' : 'json' };
}

/** A bound that is there only because numbers end somewhere is none. */
const bound = (name: 'min' | 'max' | 'step', value: unknown, none?: number) =>
  typeof value === 'number' && value !== none ? { [name]: value } : {};

/** `apiKey` → `Api key`. */
function spelt(key: string): string {
  const words = key.replace(/([a-z\d])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`).replace(/[_-]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
