import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyOf, parseTemplate, type Reference, referencesIn, render } from './template.js';

const values: Record<string, string> = {
  'prompt:cwd': '/work',
  'file:empty.md': '',
  'file:a b.md': '[prompt:cwd] [if x:y]',
  'git:branch': 'main',
};
const fill = (text: string, known: Readonly<Record<string, string>> = values): string =>
  render(parseTemplate(text), (reference) => (Object.hasOwn(known, keyOf(reference)) ? known[keyOf(reference)] : undefined));

describe('a template', () => {
  test.each([
    ['inserts a value', 'in [prompt:cwd].', 'in /work.'],
    ['inserts nothing for a name nobody knows', 'a[prompt:nonsense]b', 'ab'],
    ['inserts nothing for a type nobody knows', 'a[other:thing]b', 'ab'],
    ['inserts nothing for what is missing', 'a[file:none.md]b', 'ab'],
    ['takes a name with spaces in it', '[file:a b.md]', '[prompt:cwd] [if x:y]'],
    ['chooses what is there', '[if git:branch]on [git:branch][else]no git[endif]', 'on main'],
    ['chooses the other when it is not', '[if git:status]dirty[else]clean[endif]', 'clean'],
    ['chooses nothing where there is no other', 'a[if git:status]dirty[endif]b', 'ab'],
    ['counts an empty value as there', '[if file:empty.md]there[else]not there[endif]', 'there'],
    ['turns a condition round', '[if !git:branch]no git[else]git[endif]', 'git'],
    ['takes spaces in a condition', '[if  ! git:status ]clean[endif]', 'clean'],
    ['nests', '[if git:branch]1[if git:status]2[else]3[if prompt:cwd]4[endif][endif]5[else]6[endif]', '1345'],
    ['leaves an else alone that belongs to nothing', 'a [else] b', 'a [else] b'],
    ['leaves an endif alone that belongs to nothing', 'a [endif] b', 'a [endif] b'],
    ['leaves a second else alone', '[if git:branch]a[else]b[else]c[endif]', 'a'],
    ['reads a condition without an end as text', '[if git:branch] [prompt:cwd] [else]', '[if git:branch] /work [else]'],
    ['ends the innermost condition', '[if a:b] [if git:branch]x[endif] y', '[if a:b] x y'],
  ])('%s', (_, template, expected) => {
    expect(fill(template)).toBe(expected);
  });

  test.each([
    '[x]',
    '- [ ] todo',
    '[text](https://example.com)',
    '[https://example.com]',
    '[if]',
    '[if x]',
    '[if !]',
    '[a: b]',
    '[:b]',
    '[a:]',
    '[Note:x]',
    '[1:2]',
    'a[0]',
    '[prompt:cwd',
    'prompt:cwd]',
    '[prompt:\ncwd]',
    '[ prompt:cwd]',
    '[elseif a:b]',
    '[^1]: x',
  ])('leaves %j as it is', (text) => {
    expect(fill(text)).toBe(text);
  });

  test('says what it asks for, each once', () => {
    expect(referencesIn(parseTemplate('[a:b] [if !a:b][c:d][endif] [x] [if e:f]'))).toEqual([
      { type: 'a', name: 'b' },
      { type: 'c', name: 'd' },
    ]);
  });

  test('nested as deep as it fits it is still filled in', () => {
    const deep = 30_000;
    expect(fill(`${'[if git:branch]'.repeat(deep)}x${'[endif]'.repeat(deep)}`)).toBe('x');
  });

  test('a long text of opening brackets is no work', () => {
    const text = `${'['.repeat(100_000)}${'[if '.repeat(50_000)}[a:${' '.repeat(100_000)}`;
    expect(fill(text)).toBe(text);
  });
});

const plain = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('[', '')),
  fc.constantFrom('[x]', '[ ]', ']', '[]', '[a: b]', '[if a]', '[1:2]', '[https://a.b]', '\n', '[else ]', '[END:x]'),
);

test('a text without brackets of ours is filled in as itself', () => {
  fc.assert(fc.property(fc.array(plain), (parts) => expect(fill(parts.join(''))).toBe(parts.join(''))));
});

test('any text whatever can be read, and what is not of ours stays', () => {
  const piece = fc.oneof(plain, fc.constantFrom('[if a:b]', '[if !a:b]', '[else]', '[endif]', '[a:b]', '[c:d]', '[', '[if ', 'a:b]'));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      expect(typeof fill(pieces.join(''))).toBe('string');
    }),
  );
});

/** A template as a tree: what it is written as, and what it must become. */
type Tree = { text: string } | { insert: Reference } | { test: Reference; wanted: boolean; yes: Tree[]; no: Tree[] | null };

const reference = fc.record({ type: fc.constantFrom('a', 'file'), name: fc.constantFrom('b', 'c/d.md', 'e f') });
const { trees } = fc.letrec<{ trees: Tree[]; tree: Tree }>((tie) => ({
  trees: fc.array(tie('tree'), { maxLength: 4 }),
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.record({ text: plain }),
    fc.record({ insert: reference }),
    fc.record({ test: reference, wanted: fc.boolean(), yes: tie('trees'), no: fc.option(tie('trees')) }),
  ) as fc.Arbitrary<Tree>,
}));

const written = (tree: Tree): string => {
  if ('text' in tree) return tree.text;
  if ('insert' in tree) return `[${keyOf(tree.insert)}]`;
  const other = tree.no ? `[else]${tree.no.map(written).join('')}` : '';
  return `[if ${tree.wanted ? '' : '!'}${keyOf(tree.test)}]${tree.yes.map(written).join('')}${other}[endif]`;
};
const meant = (tree: Tree, known: Readonly<Record<string, string>>): string => {
  if ('text' in tree) return tree.text;
  if ('insert' in tree) return known[keyOf(tree.insert)] ?? '';
  const branch = (known[keyOf(tree.test)] !== undefined) === tree.wanted ? tree.yes : (tree.no ?? []);
  return branch.map((each) => meant(each, known)).join('');
};

test('a template means what its tree means, and no value is ever read again', () => {
  const value = fc.option(fc.oneof(fc.constantFrom('', '[a:b]', '[if a:b]', '[endif]', '[else]'), fc.string()), { nil: undefined });
  const known = fc
    .record({ 'a:b': value, 'a:e f': value, 'file:c/d.md': value })
    .map((all) => JSON.parse(JSON.stringify(all)) as Record<string, string>);
  fc.assert(
    fc.property(trees, known, (tree, values) => {
      expect(fill(tree.map(written).join(''), values)).toBe(tree.map((each) => meant(each, values)).join(''));
    }),
    { numRuns: 500 },
  );
});
