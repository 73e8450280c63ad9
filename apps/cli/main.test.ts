import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { base, chatBody, end, run, said, server, usage } from './scripted-server.fixture.js';

const uuid = /^[0-9a-f-]{36}$/;

describe('a chat', () => {
  test('streams its text and ends with figures and the conversation', async () => {
    server.script = [...said('he', 'llo'), ...end];
    const { code, out, err } = await run(['a/one', '--text', 'hi', '--effort', 'low', '--workspace', 'w']);
    const { conversationId = '', ...body } = chatBody();
    expect({ code, out, err }).toEqual({ code: 0, out: `hello\n[usage] in=3 out=4\n[conversation] ${conversationId}\n`, err: '' });
    expect(conversationId).toMatch(uuid);
    expect(body).toEqual({ message: 'hi', model: 'a/one', cwd: base, reasoningEffort: 'low', workspaceId: 'w' });
  });

  test('shows tools, their live output and results, and reasoning when asked', async () => {
    server.script = [
      ...said(),
      { type: 'reasoning-delta', delta: 'hm' },
      { type: 'text-delta', delta: 'rolling' },
      { type: 'tool-call', stepId: 's', toolCallId: 'k', toolName: 'dice', input: { n: 1 } },
      { type: 'tool-output', toolCallId: 'k', data: 'ro', stream: 'stdout' },
      { type: 'tool-output', toolCallId: 'k', data: 'll', stream: 'stderr' },
      usage,
      { type: 'tool-result', stepId: 's', toolCallId: 'k', toolName: 'dice', content: 'six', isError: false },
      { type: 'steering', text: 'faster' },
      { type: 'text-delta', delta: 'six it is' },
      ...end,
    ];
    const { code, out } = await run(['chat', '--text', 'hi', '--show-reasoning']);
    expect([code, ...out.split('\n').slice(0, -2)]).toEqual([
      0,
      ...['hm', 'rolling', '[tool] dice {"n":1}', 'roll', '[tool:dice] six', '[steering] faster', 'six it is'],
      '[usage] in=6 out=8',
    ]);
    expect(chatBody().model).toBeUndefined();
    expect((await run(['chat', '--text', 'hi'])).out.startsWith('rolling\n')).toBe(true);
  });

  test('tells of retries and errors on the other output, and fails with the turn', async () => {
    server.script = [
      ...said('par'),
      { type: 'provider-retry', attempt: 0, delayMs: 1500, message: 'reset', discard: true },
      { type: 'error', message: 'gone\u001b[2J' },
      { type: 'done', reason: 'error' },
      { type: 'turn-sealed' },
    ];
    const { code, out, err } = await run(['chat', '--text', 'hi']);
    expect({ code, out: out.split('\n')[0], err }).toEqual({
      code: 1,
      out: 'par',
      err: '[retry] 1 in 1.5 s: reset; the text of this step is dropped and comes again\nerror: gone\\x1b[2J\n',
    });
  });

  test('names what happened when it was stopped by another, or ran out of steps', async () => {
    server.script = [...said(), { type: 'done', reason: 'aborted' }, { type: 'turn-sealed' }];
    expect(await run(['chat', '--text', 'hi'])).toMatchObject({ code: 1, err: 'the turn was stopped\n' });
    server.script = [...said(), { type: 'done', reason: 'max-steps' }, { type: 'turn-sealed' }];
    expect(await run(['chat', '--text', 'hi'])).toMatchObject({ code: 1, err: expect.stringContaining('limit of steps') });
  });

  test.each([
    ['cut', true, 'The turn goes on: "dispatch read ID --last" waits'],
    [undefined, false, 'The turn is over: see "dispatch read ID"'],
    ['cut', undefined, 'The turn may still go on: see "dispatch read ID" when the server answers again'],
  ])('says where to look when the answer ends early (%s, active: %s)', async (how, active, words) => {
    server.active = active === true;
    if (active === undefined) server.refusal = { status: 500, text: '', only: '/status' };
    server.script = [...said('half'), ...(how === 'cut' ? (['cut'] as const) : [])];
    const { code, out, err } = await run(['chat', '--text', 'hi']);
    expect(code).toBe(1);
    expect(out).toMatch(/^half\n\[conversation\] /);
    expect(err.replace(/[0-9a-f-]{36}/, 'ID')).toContain(words);
  });

  test('takes its message from a file or from standard input', async () => {
    writeFileSync(join(base, 'm.txt'), 'from a file\n');
    await run(['chat', '--file', 'm.txt', '--cwd', 'sub']);
    expect(chatBody()).toMatchObject({ message: 'from a file\n', cwd: join(base, 'sub') });
    for (const flag of ['--text', '--file']) {
      server.asked = [];
      await run(['chat', flag, '-'], { input: 'é from input' });
      expect(chatBody().message).toBe('é from input');
    }
    expect(await run(['chat', '--file', 'none'])).toMatchObject({ code: 1, err: expect.stringContaining('no such file') });
  });

  test('goes on in a named conversation, whole or shortened, and may name a new one', async () => {
    for (const [given, id] of [
      ['bbbb-1', 'bbbb-1'],
      ['bb', 'bbbb-1'],
      ['new-one', 'new-one'],
    ]) {
      server.asked = [];
      expect((await run(['a/one', '--text', 'hi', '--conversation', given as string])).code).toBe(0);
      expect(chatBody().conversationId).toBe(id);
    }
    expect(await run(['a/one', '--text', 'hi', '--conversation', 'aa'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/First[\s\S]*Second[\s\S]*2 conversations begin with "aa"/),
    });
  });

  test('C06 sends what begins with a dash when it is written with =', async () => {
    await run(['chat', '--text=--json', '--server', server.address]);
    expect(chatBody().message).toBe('--json');
  });

  test('is shown in the front ends too when asked, and goes on when that fails', async () => {
    expect(await run(['chat', '--text', 'hi', '--open'])).toMatchObject({ code: 0, err: '' });
    expect(server.asked.map(({ line }) => line)).toContain(`POST /conversations/${chatBody().conversationId}/open`);
  });
});

describe('other commands', () => {
  test('send speaks in a conversation that is there', async () => {
    expect((await run(['send', 'bb', '--text', 'more'])).code).toBe(0);
    expect(chatBody()).toEqual({ conversationId: 'bbbb-1', message: 'more' });
    expect(await run(['send', 'zz', '--text', 'more'])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/Third[\s\S]*no conversation begins with "zz"/),
    });
  });

  test('models, list, read, stop and plugins show what there is', async () => {
    expect((await run(['models'])).out).toBe('a/one\nb/two\\x1b[31m\n');
    expect((await run(['list'])).out).toBe('aaaa-1 | First | 2m\naaaa-2 | Second | 2m\nbbbb-1 | Third | 2m\n');
    expect((await run(['read', 'bbbb'])).out).toBe('[user] question\nanswer\n[tool] dice {"n":1}\n[tool:dice] 6\n[error] broke\n');
    expect((await run(['stop', 'bb'])).out).toBe('stopped bbbb-1\n');
    expect((await run(['plugins'])).out).toBe(
      'dice 1.0.0 | active 3 ms | provides dispatch.tool[] | needs nothing\nbad | failed | provides nothing | needs acme.x | it broke\n',
    );
  });

  test('C06 take words that begin with a dash after --', async () => {
    await run(['search', '--limit', '5', '--', '-v', 'x']);
    await run(['read', '--', '-odd']);
    const [first, second] = server.asked.map(({ line }) => line);
    expect([first, second]).toEqual(['GET /search?q=-v+x&limit=5', 'GET /conversations?q=-odd']);
    expect((await run(['chat', '--text', 'help', '--', 'a/one'])).code).toBe(0);
    expect(chatBody()).toMatchObject({ message: 'help', model: 'a/one' });
  });

  test('help is a word like others where it does not come first', async () => {
    await run(['search', 'get', 'help']);
    expect(server.asked.at(-1)?.line).toBe('GET /search?q=get+help&limit=20');
    const first = await run(['help', 'read']);
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('dispatch read <id>') });
    expect(await run(['read', '--help'])).toEqual(first);
    expect((await run(['help'])).out).toBe((await run(['--help'])).out);
  });

  test('search asks for page after page, and shows what it found', async () => {
    server.hits = [
      { conversationId: 'aaaa-1', title: 'First', seq: 2, snippet: 'a \u001b[2J milk', marks: [[7, 11]] },
      { conversationId: 'bbbb-1', title: 'A title that is a good deal longer', seq: 1, snippet: 'milk', marks: [[0, 4]] },
      { conversationId: 'bbbb-1', title: 'x', seq: 3, snippet: 'milk', marks: [] },
    ];
    const { out, err } = await run(['search', 'milk', '--limit', '2', '--workspace', 'w']);
    expect(out).toBe('aaaa-1 | First | 2 | a \\x1b[2J milk\nbbbb-1 | A title that is a good deal l… | 1 | milk\n');
    expect(err).toContain('there may be more');
    const asked = server.asked.map(({ line }) => line);
    expect(asked).toEqual(['GET /search?q=milk&workspaceId=w&limit=2', 'GET /search?q=milk&workspaceId=w&cursor=1&limit=1']);
    expect(JSON.parse((await run(['search', 'milk', '--json'])).out)).toEqual({ hits: server.hits });
  });

  test('send says how to reach a turn that runs, and hands it the message with --queue', async () => {
    server.refusal = { status: 409, text: '{"error":"a turn is already running"}', only: '/chat' };
    expect(await run(['send', 'bb', '--text', 'more'])).toMatchObject({
      code: 1,
      err: 'dispatch: a turn is already running. With --queue it is handed to that turn\n',
    });
    expect(await run(['send', 'bb', '--text', 'more', '--queue'])).toEqual({
      code: 0,
      out: 'queued in bbbb-1, 2 waiting\n',
      err: 'see "dispatch queue list bbbb-1"\n',
    });
    expect(server.asked.at(-1)).toEqual({ line: 'POST /conversations/bbbb-1/queue', body: { text: 'more' } });
  });

  test('queue finds a message by the beginning of its id, or lists what waits', async () => {
    expect((await run(['queue', 'list', 'bb'])).out).toBe('m1-first | one | 1m\nm2-secon | two | 1m\n');
    expect(await run(['queue', 'cancel', 'bb', 'm'])).toMatchObject({ code: 1, err: expect.stringContaining('2 messages begin with "m"') });
    expect(await run(['queue', 'cancel', 'bb', 'x'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no message that waits begins'),
    });
    expect((await run(['queue', 'cancel', 'bb', 'm2'])).out).toBe('cancelled\n');
    expect(server.asked.at(-1)?.line).toBe('DELETE /conversations/bbbb-1/queue/m2-second');
  });

  test('list asks for open conversations unless told otherwise', async () => {
    await run(['list', 'aa', '--workspace', 'w']);
    await run(['list', '--all']);
    await run(['list', '--status', 'closed,idle']);
    expect(server.asked.map(({ line }) => line)).toEqual([
      'GET /conversations?q=aa&status=active%2Cqueued%2Cidle&workspaceId=w',
      'GET /conversations',
      'GET /conversations?status=closed%2Cidle',
    ]);
  });
});

describe('C06 wrong usage ends with 2 and says what would be right', () => {
  test.each([
    [['modles'], 'did you mean "models"'],
    [['lst'], 'did you mean "list"'],
    [['chat', '--txet', 'hi'], 'unknown flag "--txet"; did you mean "--text"?'],
    [['models', '--effort', 'low'], '"dispatch models" takes no --effort'],
    [['chat', '--text'], '--text needs a value'],
    [['chat', '--text', '--json'], 'is written --text=-…'],
    [['chat', '--text', 'a', '--effort', 'banana'], 'it must be one of "low", "medium", "high", "xhigh", "max"'],
    [['chat', '--text', 'a', '--effort', 'hihg'], 'did you mean "high"?'],
    [['chat', '--text', 'a', '--', 'b'], 'unknown command "b"'],
    [['chat', 'a/one', '--text', 'a', '--', '--json'], '"dispatch chat" does not take the word "--json"'],
    [['chat', '--text', 'a', '--effort', 'help'], '--effort "help" is unknown'],
    [['models', '--', '-x'], 'does not take the word "-x"'],
    [['queue'], '"dispatch queue" needs one more word (list, edit, cancel'],
    [['plugin', 'lsit'], 'has no "lsit"; did you mean "list"?'],
    [['queue', 'edit', 'bb'], 'see "dispatch queue edit --help"'],
    [['queue', 'list', 'bb', '--efort', 'low'], 'did you mean "--effort"?'],
    [['queue', 'list', 'bb', '--effort', 'low'], '"dispatch queue list" takes no --effort'],
    [['read', 'bb', '--last', '--limit', '3'], 'give either --last or --limit, not both'],
    [['read', 'bb', '--limit', '0'], 'a whole number from 1'],
    [['search'], 'see "dispatch search --help"'],
    [['search', ' '], 'nothing to search for'],
    [['completion', 'tcsh'], 'it must be one of "bash", "zsh"'],
    [['completion'], 'dispatch completion bash|zsh'],
    [['config', 'explain', 'htp.port'], 'did you mean "http.port"?'],
    [['config', 'expalin', 'x'], 'did you mean "explain"?'],
    [['send', 'bb', '--text', 'a', '--queue', '--effort', 'low'], 'takes no --effort'],
    [['workspace', 'set', 'w', '--title', ' '], '--title is empty'],
    [['models', '--server', 'http://x/?token=sk-secret'], 'must end with the path'],
    [['a/one', 'b', '--text', 'a'], 'is given with --text'],
    [['chat'], 'nothing to say'],
    [['chat', '--text', 'a', '--file', 'b'], 'not both'],
    [['chat', '--text', ' '], 'the message is empty'],
    [['send'], 'see "dispatch send --help"'],
    [['send', '', '--text', 'a'], 'the conversation id is empty'],
    [['list', '--status', 'idel'], 'did you mean "idle"'],
    [['models', '--server', 'ftp://x'], 'only http: and https:'],
    [['models', '--server', 'http://me:pw@x'], 'process list'],
    [[], 'dispatch <command>'],
  ])('%j', refused);
});

describe('C08 a key on the command line is refused, with advice, and not repeated', () => {
  test.each([
    [['chat', '--api-key', 'sk-secret'], 'process list'],
    [['chat', '--token=sk-secret'], 'Set DISPATCH_TOKEN'],
    [['models', '--password', 'sk-secret'], 'DISPATCH_API_KEY_FILE'],
    [['--key=sk-secret', 'models'], 'process list'],
    [['sk-secret-0123456789abcdef'], 'what looks like a key is not taken'],
    [['models', '--tokn=sk-secret'], 'unknown flag "--tokn"'],
  ])('%j', refused);
});

async function refused(args: string[], words: string): Promise<void> {
  const { code, out, err } = await run(args);
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(words) });
  expect(err).not.toContain('sk-secret');
  expect(server.asked).toEqual([]);
}
