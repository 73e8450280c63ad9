// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what these files are written in
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { forbiddenAddress } from './address-guard.js';
import { expanded, NotExpanded } from './expand.js';
import { answeredId, LineReader } from './line-reader.js';
import { resultText } from './result-text.js';
import { summaryOf } from './summary.js';
import { toolsIn } from './tool-list.js';
import { toolNames } from './tool-names.js';

describe('expanding', () => {
  const set: Record<string, string> = { A: 'a', EMPTY: '', TRICK: '${A}' };
  const variables = (name: string) => (name in set ? { value: set[name] as string } : { problem: `${name} is missing` });

  test.each([
    ['${A}-${A}', 'a-a'],
    ['${NONE:-x y}', 'x y'],
    ['${NONE:-}', ''],
    ['${EMPTY:-x}', 'x'],
    ['[${EMPTY}]', '[]'],
    ['${TRICK}', '${A}'],
    ['$A ${1} ${a b} $(id) `id` ${', '$A ${1} ${a b} $(id) `id` ${'],
  ])('%s becomes %s', (text, filled) => {
    expect(expanded(text, variables)).toBe(filled);
  });

  test('K10: what is not set and has no default is an error that names it', () => {
    expect(() => expanded('a ${NONE}', variables)).toThrow(new NotExpanded('NONE is missing'));
  });
});

describe('names of tools', () => {
  test('plain names stay, odd letters become _, and what would be equal or too long is told apart', () => {
    const names = toolNames([
      { server: 'a', tool: 'x' },
      { server: 'a b', tool: 'x.y' },
      { server: 'a', tool: 'm.n' },
      { server: 'a', tool: 'm_n' },
      { server: 'a', tool: 'l'.repeat(80) },
    ]);
    expect(names).toEqual([
      'mcp__a__x',
      'mcp__a_b__x_y',
      expect.stringMatching(/^mcp__a__m_n_[0-9a-f]{8}$/),
      'mcp__a__m_n',
      expect.stringMatching(/^mcp__a__l+_[0-9a-f]{8}$/),
    ]);
  });

  test('they are always allowed, different, and do not depend on the order', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('a', 'a__b', 'b', 'a.b', 'a b', 'ü', 'b__c', 'c'));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ server: word, tool: word }), { selector: (each) => JSON.stringify(each), maxLength: 12 }),
        (tools) => {
          const names = toolNames(tools);
          for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
          expect(new Set(names).size).toBe(names.length);
          expect(toolNames([...tools].reverse())).toEqual([...names].reverse());
        },
      ),
    );
  });
});

describe('lines', () => {
  test('whatever the pieces, lines come whole, and one over the limit is told as such', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 })), fc.integer({ min: 1, max: 9 }), (lengths, size) => {
        const lines = lengths.map((length, i) => String.fromCharCode(97 + (i % 26)).repeat(length));
        const seen: string[] = [];
        const reader = new LineReader(20, {
          line: (bytes) => seen.push(bytes.toString()),
          tooLong: (head, tail) => seen.push(`${head[0]} too long ${tail.at(-1)}`),
        });
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        for (let at = 0; at < bytes.length; at += size) reader.add(bytes.subarray(at, at + size));
        expect(seen).toEqual(
          lines.filter((line) => line !== '').map((line) => (line.length > 20 ? `${line[0]} too long ${line[0]}` : line)),
        );
        expect(reader.open).toBe(0);
      }),
    );
  });

  test('a line over the limit keeps its first and last kilobyte only', () => {
    const seen: string[][] = [];
    const reader = new LineReader(5000, { line: () => undefined, tooLong: (...ends) => seen.push(ends) });
    reader.add(Buffer.from(`{"id":7,${'x'.repeat(100_000)}`));
    for (let i = 0; i < 10; i++) reader.add(Buffer.from('y'.repeat(65_536)));
    reader.add(Buffer.from('","jsonrpc":"2.0","id":7}\n'));
    expect(seen.map(([head, tail]) => [head?.length, tail?.length, head?.slice(0, 8), tail?.slice(-8)])).toEqual([
      [1024, 1024, '{"id":7,', ',"id":7}'],
    ]);
  });

  test.each([
    ['{"jsonrpc":"2.0","id":12,"result":{"a', 'b"}}', 12],
    ['{"result":{"content":[', '"}]},"jsonrpc":"2.0","id":3}', 3],
    ['{"method":"x","params":{"id":4', '"id":4}}', undefined],
  ])('the answer %s…%s is that to request %s', (head, tail, id) => {
    expect(answeredId(head, tail)).toBe(id);
  });
});

describe('results', () => {
  test('texts come as they are, everything else is named', () => {
    const content = [
      { type: 'text', text: 'one' },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'audio', data: 'AAAAAAAA' },
      { type: 'resource', resource: { uri: 'a:b', text: 'inside' } },
      { type: 'resource', resource: { uri: 'a:c', mimeType: 'x/y', blob: 'AAAA' } },
      { type: 'resource_link', uri: 'a:d', name: 'D', description: 'more' },
      { type: 'hologram' },
      null,
    ];
    expect(resultText({ content }).split('\n')).toEqual([
      'one',
      '[image image/png, 3 bytes, not shown]',
      '[audio of an unnamed type, 6 bytes, not shown]',
      '[resource a:b]',
      'inside',
      '[resource a:c x/y, 3 bytes, not shown]',
      '[link to the resource a:d "D": more]',
      '[content of the unknown kind "hologram"]',
    ]);
  });

  test('structured content is given once', () => {
    const structuredContent = { a: [1] };
    expect(resultText({ structuredContent })).toBe('{"a":[1]}');
    expect(resultText({ content: [{ type: 'text', text: ' {"a": [1]} ' }], structuredContent })).toBe(' {"a": [1]} ');
    expect(resultText({ content: [{ type: 'text', text: 'see' }], structuredContent })).toBe('see\n{"a":[1]}');
    expect(resultText({})).toBe('(the tool answered nothing)');
  });
});

describe('what a server lists', () => {
  test('a tool that is badly spelt costs itself only', () => {
    let deep: unknown = {};
    for (let i = 0; i < 50_000; i++) deep = { deep };
    const listed = [
      null,
      { name: '' },
      {
        name: 'b',
        inputSchema: { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'x', type: 'object' },
        annotations: { readOnlyHint: true },
      },
      { name: 'a', title: 'Title', execution: { taskSupport: 'required' } },
      { name: 'a', description: 'again' },
      { name: 'list', inputSchema: { type: 'array' } },
      { name: 'large', inputSchema: { type: 'object', description: 'x'.repeat(70_000) } },
      { name: 'deep', inputSchema: { type: 'object', properties: deep } },
    ];
    const { tools, problems } = toolsIn(listed);
    expect(tools).toEqual([
      { name: 'a', description: 'Title', input: { type: 'object', properties: {} }, readOnly: false, task: true },
      { name: 'b', description: 'b', input: { type: 'object' }, readOnly: true, task: false },
    ]);
    expect(problems).toHaveLength(5);
  });
});

describe('what the owner of a directory is shown', () => {
  test('every command, address, variable and header, as it is written', () => {
    const mcpServers = {
      a: { command: 'npx', args: ['-y', 'two words', '--x=${HOME}'], env: { NODE_OPTIONS: '--require ./x.js' }, cwd: 'sub' },
      b: { url: 'https://example.com/mcp?x=1', headers: { Authorization: 'Bearer ${T}' } },
      c: { command: 'x', disabled: true },
      d: 5,
    };
    expect(summaryOf(JSON.stringify({ mcpServers }))).toEqual([
      '"a" runs npx -y "two words" --x=${HOME} in sub',
      '"a" with NODE_OPTIONS="--require ./x.js"',
      '"b" asks https://example.com/mcp?x=1',
      '"b" sends the header Authorization: "Bearer ${T}"',
      '"c": disabled',
      '"d": not usable, it must be an object with "command", or with "url"',
    ]);
  });
});

describe('addresses', () => {
  test.each([
    '169.254.0.1',
    '169.254.169.254',
    'fe80::1%eth0',
    '[fe80::1]',
    '::ffff:169.254.1.1',
    'fd00:ec2::254',
    '224.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::',
  ])('K10: %s must not be asked', (address) => {
    expect(forbiddenAddress(address)).toContain('link-local, reserved or metadata');
  });
  test.each(['127.0.0.1', '10.0.0.1', '8.8.8.8', '::1', '2606:4700::1111'])('%s may', (address) => {
    expect(forbiddenAddress(address)).toBeUndefined();
  });
});
