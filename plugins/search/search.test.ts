import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cleanUp, started } from './search.fixture.js';

afterEach(cleanUp);

describe('GET /search', () => {
  test('finds what a user and a model said, newest first, with its place and plain text around it', async () => {
    const server = await started();
    await server.say('one', 'Where do quokkas live?', 'Quokkas live on <b>Rottnest</b>\n Island.', 'zoo');
    await server.say('two', 'hello');
    const at = Number((await server.rows(`SELECT startedAt AS at FROM turn WHERE conversation = 1`))[0]?.at);
    expect(await server.ask({ q: 'LIVE quokkas' })).toEqual({
      status: 200,
      body: {
        hits: [
          {
            ...{ conversationId: 'one', title: 'Where do quokkas live?', workspaceId: 'zoo', seq: 2, role: 'assistant', at },
            ...{
              snippet: 'Quokkas live on <b>Rottnest</b> Island.',
              marks: [
                [0, 7],
                [8, 12],
              ],
            },
          },
          {
            ...{ conversationId: 'one', title: 'Where do quokkas live?', workspaceId: 'zoo', seq: 1, role: 'user', at },
            ...{
              snippet: 'Where do quokkas live?',
              marks: [
                [9, 16],
                [17, 21],
              ],
            },
          },
        ],
      },
    });
  });

  test('thoughts, tools and their output are not searched, texts between them are', async () => {
    const server = await started();
    const turn = await server.open('c', 'question');
    const of = { stepId: 's', toolCallId: 'k', toolName: 'needle' };
    await server.seal('c', turn, [
      { type: 'reasoning-delta', delta: 'needle' },
      { type: 'text-delta', delta: 'I look with a needle' },
      { type: 'tool-call', ...of, input: { needle: 'needle' } },
      { type: 'step-complete', stepId: 's' },
      { type: 'tool-result', ...of, content: 'needle', isError: false },
      { type: 'text-delta', delta: 'one needle found' },
    ]);
    expect(await server.found('needle')).toEqual(['c 6', 'c 3']);
  });

  test.each<[string, string[]]>([
    ['red', ['c 3', 'c 2', 'c 1']],
    ['red apple', ['c 2', 'c 1']],
    ['"red apple"', ['c 1']],
    ['"apple red"', ['c 2']],
    ['red -apple', ['c 3']],
    ['red -"red apple"', ['c 3', 'c 2']],
    ['app*', ['c 2', 'c 1']],
    ['red app* -"apple red"', ['c 1']],
    ['app', []],
    ['cafe', ['c 4']],
    ['CAFÉ', ['c 4']],
    ['naïve-café', ['c 4']],
    ['東京', ['c 5']],
    ['京大', ['c 5']],
    ['大東', []],
    ['snake_case', ['c 6']],
    ['ΟΔΟΣ', ['c 7']],
    ['"red apple', ['c 1']],
    ['red AND apple', []],
    ['OR', []],
    ['apple*red', ['c 2']],
  ])('%s finds %j', async (q, places) => {
    const server = await started();
    for (const text of ['a red apple', 'an apple, red', 'red', 'a naïve café', '東京大学', 'in snake_case_here', 'οδος'])
      await server.say('c', text);
    expect(await server.found(q)).toEqual(places);
  });

  test('looks in one workspace or one conversation when told to, also after a workspace is gone', async () => {
    const server = await started();
    await server.say('a', 'word', '', 'first');
    await server.say('b', 'word', '', 'second');
    await server.say('c', 'word', '', 'first');
    expect(await server.found('word', { workspaceId: 'first' })).toEqual(['c 1', 'a 1']);
    expect(await server.found('word', { conversationId: 'b' })).toEqual(['b 1']);
    expect(await server.found('word', { workspaceId: 'first', conversationId: 'b' })).toEqual([]);
    expect(await server.found('word', { workspaceId: 'nowhere' })).toEqual([]);
    expect(await server.found('word', { conversationId: 'nobody' })).toEqual([]);
    for (const id of ['a', 'c']) await server.conversations.setStatus(id, 'closed');
    await server.conversations.dissolveWorkspace('first', 'default');
    expect(await server.found('word', { workspaceId: 'default' })).toEqual(['c 1', 'a 1']);
    expect(await server.found('word')).toEqual(['c 1', 'b 1', 'a 1']);
  });

  test('after a compaction what was kept is found where it goes on, what was summarised in the archive', async () => {
    const server = await started();
    await server.say('c', 'word one', 'word two');
    await server.say('c', 'word three', 'word four');
    await server.compact('c', 'archive', 2, 'word summed up');
    expect(await server.found('word')).toEqual(['c 1', 'c 3', 'c 2', 'archive 2', 'archive 1']);
    await server.say('c', 'word five');
    await server.compact('c', 'archive-2', 2, 'word summed up again');
    expect(await server.found('word')).toEqual(['c 1', 'c 3', 'archive-2 1', 'c 2', 'archive-2 2', 'archive 2', 'archive 1']);
    expect(await server.found('"word four"')).toEqual(['c 2']);
  });

  test('compactions from before there was an index are followed as well', async () => {
    const before = await started({ searching: false });
    await before.say('c', 'word one', 'word two');
    await before.say('c', 'word three', 'word four');
    await before.compact('c', 'archive', 2, 'summed up');
    await before.say('c', 'word five');
    await before.compact('c', 'archive-2', 2, 'summed up again');
    await before.stop();
    const server = await started({ dataDir: before.dataDir });
    expect(await server.found('word')).toEqual(['c 3', 'c 2', 'archive-2 2', 'archive 2', 'archive 1']);
    expect(await server.found('summed')).toEqual(['c 1', 'archive-2 1']);
  });

  test('what is deleted is not found any more, and its place in the index is not taken for another text', async () => {
    const server = await started();
    await server.say('a', 'word');
    await server.say('b', 'word');
    expect(await server.found('word')).toEqual(['b 1', 'a 1']);
    await server.database.write((manager) => manager.query(`DELETE FROM conversation WHERE id = 'b'`));
    expect(await server.found('word')).toEqual(['a 1']);
    expect(await server.rows('SELECT count(*) AS n FROM search_text_docsize')).toEqual([{ n: 1 }]);
    await server.say('c', 'other');
    expect(await server.found('word')).toEqual(['a 1']);
  });

  test('very long texts are searched in their first 65,536 characters', async () => {
    const server = await started();
    await server.say('c', `${'filler '.repeat(9_000)}early ${'filler '.repeat(9_000)}late`);
    expect([await server.found('early'), await server.found('late')]).toEqual([['c 1'], []]);
  });
});

describe('paging', () => {
  test('is stable under inserts: every text once, in order (H26)', async () => {
    const server = await started();
    for (let i = 0; i < 12; i++) await server.say(`c${i}`, 'word');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await server.ask({ q: 'word', limit: 5, ...(cursor && { cursor }) });
      seen.push(...body.hits.map(({ conversationId }) => conversationId));
      cursor = body.cursor;
      await server.say('new', 'word');
    } while (cursor);
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `c${11 - i}`));
  });

  test('no cursor when nothing is left, also when the last page is full', async () => {
    const server = await started();
    for (const id of ['a', 'b']) await server.say(id, 'word');
    expect((await server.ask({ q: 'word', limit: 2 })).body.cursor).toBeUndefined();
  });

  test('goes through an index of any length', async () => {
    const server = await started();
    await server.say('old', 'word');
    expect(await server.found('word')).toEqual(['old 1']);
    await server.stop();
    const later = await started({ dataDir: server.dataDir, slow: true });
    // rows far beyond the first, as if many others lay between
    await later.database.write((manager) => manager.query('INSERT INTO search_entry SELECT 150000, key, 9 FROM conversation'));
    await later.say('new', 'word');
    // and no time to look at all of them in one go
    const first = (await later.ask({ q: 'word' })).body;
    expect(first).toEqual({ hits: [expect.objectContaining({ conversationId: 'new' })], cursor: '50002' });
    expect(await later.found('word', { cursor: first.cursor as string })).toEqual(['old 1']);
  });
});

const evil = [
  '"',
  '*',
  '""',
  '"*"',
  '(',
  ')',
  'NEAR(',
  'NEAR(a b, 5)',
  'a NEAR',
  'words:a',
  '{words}:a',
  '^a',
  'a +',
  '-',
  '--',
  "'; DROP TABLE chunk; --",
  '\0',
  'a\0b',
  '\\',
  'a* *',
  '-a',
  '-"a"',
  'AND',
  'a AND',
  'NOT',
  '😀',
  '%',
  '\u{10ffff}',
  'a:b:c',
  '"a" "',
  '½ ﷺ',
  'x'.repeat(1_000),
  'ab '.repeat(300),
  'x'.repeat(10_240),
];

describe('whatever is asked (D12)', () => {
  test.each(evil)('%j is answered, or refused in a sentence (D12)', async (q) => {
    const server = await started();
    await server.say('c', 'a b c and near not or words');
    const { status, body } = await server.ask({ q });
    expect([200, 400]).toContain(status);
    if (status === 400) expect(body).toMatchObject({ error: expect.stringMatching(/^(?!.*(SQL|fts5|syntax)).{10,}/i) });
  });

  test('10 KB of text are refused in a sentence, none at all as well (D12)', async () => {
    const server = await started();
    const told = async (query: Record<string, string | number>) => (await server.ask(query)).body.error;
    expect(await told({ q: 'word '.repeat(2_048) })).toBe('query.q: a search takes 1000 characters at most');
    expect(await told({ q: 'word '.repeat(100) })).toBe('a search takes 64 words at most, these are 100');
    expect(await told({ q: '-word' })).toBe('only words to leave out were given: give one to look for as well');
    expect(await told({ q: ' * ' })).toBe('there is nothing to look for: give a word of letters or digits');
    expect(await told({ q: 'a*' })).toBe(`"a*" finds too much: give two letters of a word's beginning at least`);
    expect(await told({})).toBe('query.q: say what to look for: ?q=words');
    expect(await told({ q: 'a', limit: 0 })).toBe('query.limit: a whole number from 1 to 100');
    expect(await told({ q: 'a', limit: '1e9' })).toBe('query.limit: a whole number from 1 to 100');
    expect(await told({ q: 'a', cursor: 'x' })).toBe('"x" is no cursor: take the one of the answer before, as it was');
  });

  test('no text makes it fail (D12)', async () => {
    const server = await started();
    await server.say('c', 'some words to look through');
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom('"', '*', '-', '(', ')', ' ', 'NEAR(', 'AND', 'OR', 'NOT', 'words', ':', '^', '+', "'", ';', '\0'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const { status, body } = await server.ask({ q: pieces.join('') });
        expect([200, 400]).toContain(status);
        if (status === 400) expect(body.code).toMatch(/^bad_(search|schema)$/);
      }),
      { numRuns: 400 },
    );
  });

  test('any text is found by itself, word by word (D12)', async () => {
    const server = await started();
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), async (text) => {
        const conversationId = `any-${++serial}`;
        await server.say(conversationId, `before ${text} behind`);
        const q = text.replace(/["*-]/g, ' ');
        const { status, body } = await server.ask({ q: `before "${q}" behind`, conversationId });
        if (status === 200) expect(body.hits.map(({ seq }) => seq)).toEqual([1]);
        else expect(body.error).toMatch(/words at most/);
      }),
      { numRuns: 100 },
    );
  });
});
