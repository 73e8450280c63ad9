import fc from 'fast-check';
import type { JsonSchema, ReadDocument } from './document.fixture.js';

/** Texts for patterns that come without an example. */
const words = ['x', 'my-conversation', '/tmp', '1', '2025-03-30', 'data:,', '0'.repeat(64)];
/** Whatever of these a schema does not take is a wrong value. */
const wrong = [7, 'x', '', '\n', 'NOT ok!', 'x'.repeat(5_000), true, null, [], {}, -1, 0.5, 1e9, [7]];

/** Values that a schema takes, and values that it does not. */
export class Samples {
  constructor(private readonly document: ReadDocument) {}

  /** `full` has everything that may be left out, the other nothing of it. */
  valid(given: JsonSchema, full: boolean): unknown {
    const schema = this.document.resolved(given);
    const [example] = (schema.examples as unknown[] | undefined) ?? [];
    if (Array.isArray(schema.examples)) return example;
    if ('const' in schema) return schema.const;
    if (Array.isArray(schema.enum)) return schema.enum[0];
    const [first] = (schema.anyOf ?? schema.oneOf ?? []) as JsonSchema[];
    if (first) return this.valid(first, full);
    switch (schema.type) {
      case 'object':
        return this.object(schema, full);
      case 'array':
        return full || schema.minItems ? [this.valid((schema.items ?? {}) as JsonSchema, full)] : [];
      case 'integer':
      case 'number':
        return Math.max(Number(schema.minimum ?? 0), 0);
      case 'boolean':
        return true;
      case 'null':
        return null;
      case 'string':
        return this.text(schema);
      default:
        return 'anything';
    }
  }

  /** A body that is not as it should be, each with what is wrong with it. */
  wrongBodies(given: JsonSchema): [string, unknown][] {
    const schema = this.document.resolved(given);
    const right = this.valid(schema, true);
    const all: [string, unknown][] = wrong.map((value) => [`it is ${shown(value)}`, value]);
    if (schema.type === 'object' && typeof right === 'object') {
      const minimal = this.valid(schema, false) as object;
      const full = this.object(schema, true);
      for (const name of (schema.required as string[] | undefined) ?? [])
        all.push([`${name} is missing`, Object.fromEntries(Object.entries(minimal).filter(([key]) => key !== name))]);
      for (const name of Object.keys((schema.properties ?? {}) as object))
        for (const value of wrong) all.push([`${name} is ${shown(value)}`, { ...full, ...minimal, [name]: value }]);
      all.push(['a member nobody knows', { ...minimal, nobodyKnowsThis: 1 }]);
    }
    return all.filter(([, value]) => !this.document.fits(given, value));
  }

  /** Texts that a parameter does not take. */
  wrongTexts(schema: JsonSchema): string[] {
    const numeric = ['integer', 'number'].includes(String(this.document.resolved(schema).type));
    const texts = ['NOT ok!', '\n', '-1', 'x', '1.5', 'NaN', '99999999999999999999', 'x'.repeat(5_000)];
    return texts.filter((text) => !this.document.fits(schema, numeric ? Number(text) : text));
  }

  private object(schema: JsonSchema, full: boolean): Record<string, unknown> {
    const required = (schema.required as string[] | undefined) ?? [];
    const members = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
    const wanted = members.filter(([name]) => full || required.includes(name));
    return Object.fromEntries(wanted.map(([name, each]) => [name, this.valid(each, full)]));
  }

  private text(schema: JsonSchema): string {
    const fits = (word: string) => this.document.fits(schema, word);
    const found = words.find(fits) ?? (typeof schema.pattern === 'string' ? matching(schema.pattern).find(fits) : undefined);
    if (found === undefined) throw new Error(`give the schema ${JSON.stringify(schema)} an example: .meta({ examples: […] })`);
    return found;
  }
}

const matching = (pattern: string): string[] => fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 5, seed: 1 });

const shown = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 20 ? `${text.slice(0, 20)}…` : text;
};
