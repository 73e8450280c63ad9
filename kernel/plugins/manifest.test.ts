import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KernelError } from '../errors.js';
import { parseManifest } from './manifest.js';

const refusal = (value: unknown): string => {
  try {
    parseManifest(value, '/p');
  } catch (thrown) {
    if (thrown instanceof KernelError && thrown.code === 'plugin-invalid') return thrown.message;
    throw thrown;
  }
  throw new Error('nothing was refused');
};

test('a declaration gets its one shape', () => {
  expect(parseManifest({ id: 'dice', provides: 'dispatch.tool[]' }, '/p')).toEqual({
    id: 'dice',
    provides: ['dispatch.tool[]'],
    needs: [],
  });
  const full = { version: '1.0.0', engine: '^0.1.0', settings: { type: 'object' }, capabilities: ['network'], critical: true };
  expect(parseManifest({ id: 'dice', provides: [], inject: ['a.b', 'c.d[]'], ...full }, '/p')).toEqual({
    ...full,
    id: 'dice',
    provides: [],
    needs: ['a.b', 'c.d[]'],
  });
});

describe('refused, with the field and what would be right', () => {
  test.each([
    [{ provides: 'a.b' }, '"id" is missing'],
    [{ id: 'a' }, '"provides" is missing'],
    [{ id: 7, provides: 'a.b' }, '"id" must be kebab-case of at most 64 characters, such as "tool-dice"'],
    [{ id: 'a', provides: 7 }, '"provides" must be an id such as'],
    [{ id: 'a', provides: ['a.b', 7] }, '"provides" must be'],
    [{ id: 'a', provides: 'not an id' }, '"provides" must be'],
    [{ id: 'a', provides: 'a.b[' }, '"provides" must be'],
    [{ id: 'a', provides: 'a.b', inject: { 0: 'a.b' } }, '"inject" must be a list of ids'],
    [{ id: 'a', provides: 'a.b', version: '' }, '"version" must be a text'],
    [{ id: 'a', provides: 'a.b', version: 1 }, '"version" must be a text'],
    [{ id: 'a', provides: 'a.b', settings: [] }, '"settings" must be a JSON Schema'],
    [{ id: 'a', provides: 'a.b', settings: null }, '"settings" must be a JSON Schema'],
    [{ id: 'a', provides: 'a.b', capabilities: 'network' }, '"capabilities" must be a list of at most 64 words'],
    [{ id: 'a', provides: 'a.b', critical: 'yes' }, '"critical" must be true or false'],
    [{ id: 'a', provides: 'a.b', injects: [] }, 'unknown field "injects"; did you mean "inject"?'],
    [{ id: 'a', provides: 'a.b', constructor: 'x' }, 'unknown field "constructor"'],
    [JSON.parse('{ "id": "a", "provides": "a.b", "__proto__": { "critical": true } }'), 'unknown field "__proto__"'],
  ])('%j', (value, words) => {
    expect(refusal(value)).toContain(`the plugin at /p: ${words}`);
  });

  test.each([null, undefined, 7, 'text', [], true])('%j is no object', (value) => {
    expect(refusal(value)).toBe('the plugin at /p: its declaration is not an object');
  });

  test('what is huge, in few words', () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => `a.b${i}`);
    expect(refusal({ id: 'a'.repeat(1_000_000), provides: 'a.b' })).toContain('"id" must be');
    expect(refusal({ id: 'a', provides: texts })).toContain('"provides" must be');
    expect(refusal({ id: 'a', provides: [], inject: texts })).toContain('"inject" must be');
    expect(refusal({ id: 'a', provides: [], capabilities: texts })).toContain('"capabilities" must be');
    expect(refusal({ id: 'a', provides: 'a'.repeat(1_000) })).toContain('"provides" must be');
    expect(refusal({ ['k'.repeat(1_000_000)]: 1 }).length).toBeLessThan(200);
  });
});

test('anything at all is either taken or refused with a kernel error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom('id', 'provides', 'inject', 'critical'), fc.anything())), (value) => {
      try {
        const { id, provides, needs } = parseManifest(value, '/p');
        expect([typeof id, Array.isArray(provides), Array.isArray(needs)]).toEqual(['string', true, true]);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(KernelError);
      }
    }),
  );
});
