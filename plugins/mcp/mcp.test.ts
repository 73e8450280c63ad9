import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { alive, cleanUp, folder, mcpWith, oddServer, programOf, until } from './mcp.fixture.js';

afterEach(cleanUp);

const everything = { command: process.execPath, args: [programOf('@modelcontextprotocol/server-everything'), 'stdio'] };
const filesystem = (root: string) => ({ command: process.execPath, args: [programOf('@modelcontextprotocol/server-filesystem'), root] });

/** What each tool of server-everything takes, and what is in its answer. */
const calls: Record<string, [input: unknown, answer: RegExp]> = {
  echo: [{ message: 'hello' }, /Echo: hello/],
  'get-annotated-message': [{ messageType: 'success', includeImage: true }, /success[\s\S]*\[image image\/png, [\d,]+ bytes, not shown\]/],
  'get-env': [{}, /DISPATCH_OWNER/],
  'get-resource-links': [{ count: 2 }, /\[link to the resource demo:/],
  'get-resource-reference': [{ resourceType: 'Text', resourceId: 1 }, /\[resource demo:\/\/resource\/dynamic\/text\/1\]\nResource 1/],
  'get-structured-content': [{ location: 'New York' }, /^\{"temperature":33,"conditions":"Cloudy","humidity":82\}$/],
  'get-sum': [{ a: 2, b: 40 }, /\b42\b/],
  'get-tiny-image': [{}, /\[image image\/png/],
  'gzip-file-as-resource': [{ name: 'a.gz', data: 'data:text/plain;base64,aGVsbG8=', outputType: 'resource' }, /not shown\]/],
  'simulate-research-query': [{ topic: 'tea', ambiguous: false }, /tea/],
  'toggle-simulated-logging': [{}, /logging/],
  'toggle-subscriber-updates': [{}, /updated/],
  'trigger-long-running-operation': [{ duration: 0.5, steps: 5 }, /completed/],
};

describe('servers of the registry over stdio', () => {
  test('every tool of server-everything is listed under its long name and answers', async () => {
    const mcp = await mcpWith({ own: { everything } });
    const cwd = folder();
    const tools = await mcp.tools(cwd);
    expect(tools.map(({ name }) => name)).toEqual(Object.keys(calls).map((name) => `mcp__everything__${name}`));
    for (const [name, [input, answer]] of Object.entries(calls)) {
      const given = await mcp.call(cwd, `mcp__everything__${name}`, input);
      expect({ name, ...given }).toEqual({ name, content: expect.stringMatching(answer), isError: false, output: expect.any(String) });
    }
    expect(await mcp.status(cwd)).toEqual([{ id: 'everything', state: 'connected', toolCount: 13, configSource: 'configuration' }]);
  });

  test('a wrong input comes back as an error, and schemas are handed on without their dialect', async () => {
    const mcp = await mcpWith({ own: { everything } });
    const cwd = folder();
    const sum = (await mcp.tools(cwd)).find(({ name }) => name === 'mcp__everything__get-sum');
    expect(sum?.input).toMatchObject({ type: 'object', required: ['a', 'b'], properties: { a: { type: 'number' } } });
    expect(sum?.input).not.toHaveProperty('$schema');
    expect(await mcp.call(cwd, 'mcp__everything__get-sum', { a: 'x' })).toMatchObject({
      isError: true,
      content: expect.stringContaining('expected number'),
    });
  });

  test('server-filesystem works in its directory and refuses what is outside', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'a.txt'), 'alpha');
    const mcp = await mcpWith({ own: { files: filesystem(cwd) } });
    expect(await mcp.call(cwd, 'mcp__files__read_text_file', { path: join(cwd, 'a.txt') })).toMatchObject({
      isError: false,
      content: expect.stringContaining('alpha'),
    });
    expect(await mcp.call(cwd, 'mcp__files__read_text_file', { path: '/etc/hostname' })).toMatchObject({ isError: true });
    const [first, second] = [await mcp.tools(cwd), await mcp.tools(cwd)];
    expect(second.map(({ input }) => input)).toEqual(first.map(({ input }) => input));
    for (const [i, tool] of second.entries()) expect(tool).toBe(first[i]);
  });

  test('one process serves all conversations of a directory, and another directory has its own', async () => {
    const mcp = await mcpWith({ own: { odd: oddServer() } });
    const [one, two] = [folder(), folder()];
    const pid = async (cwd: string) => (await mcp.call(cwd, 'mcp__odd__pid')).content;
    const pids = await Promise.all([pid(one), pid(one), pid(two)]);
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).not.toBe(pids[0]);
  });
});

describe('servers that misbehave', () => {
  const odd = async (changed: Parameters<typeof mcpWith>[0] = {}, mode = '') => {
    const cwd = folder();
    const mcp = await mcpWith({ own: { odd: oddServer(mode) }, ...changed });
    return { mcp, cwd, call: (name: string, input?: unknown, signal?: AbortSignal) => mcp.call(cwd, `mcp__odd__${name}`, input, signal) };
  };

  test('a server that dies in the middle of a call is an error of that call, and is started again on the next use', async () => {
    const { mcp, cwd, call } = await odd();
    const before = (await call('pid')).content;
    expect(await call('crash')).toMatchObject({
      isError: true,
      content: expect.stringMatching(
        /^the MCP server "odd" failed: it was ended by SIGKILL; it said: odd server \d+ begins; whether the tool has run is not known$/,
      ),
    });
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'error', error: expect.stringContaining('SIGKILL'), toolCount: 16 }]);
    expect(await mcp.tools(cwd)).toHaveLength(16);
    expect((await call('pid')).content).not.toBe(before);
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'connected' }]);
  });

  test('a call that is never answered ends by its limit and is cancelled; the server, which answers pings, stays', async () => {
    const { call } = await odd({ callMs: 300 });
    const before = (await call('pid')).content;
    expect(await call('hang')).toMatchObject({
      isError: true,
      content: 'the MCP server "odd" failed: no answer within 300 ms; the call was cancelled',
    });
    expect((await call('pid')).content).toBe(before);
    expect((await call('slow')).content).toBe('slow is done, 1 cancelled');
  });

  test('a server that hangs as a whole is ended after its call, and started again', async () => {
    const { mcp, cwd, call } = await odd({ callMs: 300 });
    const before = Number((await call('pid')).content);
    expect(await call('stuck')).toMatchObject({ isError: true });
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'error', error: expect.stringContaining('hangs') }]);
    await until(() => !alive(before));
    expect((await call('echo', { a: 1 })).content).toBe('echo {"a":1}');
  }, 30_000);

  test('progress keeps a call alive beyond its limit and is shown', async () => {
    const { call } = await odd({ callMs: 400 });
    expect(await call('slow')).toEqual({
      content: 'slow is done, 0 cancelled',
      isError: false,
      output: expect.stringMatching(/^1 of 5 step 1\n/),
    });
  });

  test('a stopped call sends a cancellation and answers at once', async () => {
    const { call } = await odd();
    await call('echo');
    const stop = new AbortController();
    const stopped = call('hang', {}, stop.signal);
    setTimeout(() => stop.abort(), 50);
    expect(await stopped).toMatchObject({ isError: true });
    expect((await call('slow')).content).toBe('slow is done, 1 cancelled');
  });

  test('lines that are no messages are passed over', async () => {
    expect((await (await odd()).call('junk')).content).toBe('after the junk');
  });

  test('a flood of nonsense ends the server, not this one', async () => {
    const { mcp, cwd, call } = await odd();
    expect(await call('flood')).toMatchObject({ isError: true, content: expect.stringContaining('lines in a row that are no message') });
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'error' }]);
  });

  test('an endless line is not kept, and ends the server', async () => {
    const { call } = await odd({ messageLimit: 1_000_000 });
    const before = process.memoryUsage().rss;
    expect(await call('endless')).toMatchObject({
      isError: true,
      content: expect.stringMatching(/more than 3\d{7} bytes without a line end/),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  test('an answer over the limit is an error of that call only; a big one below it comes whole', async () => {
    const { call } = await odd({ messageLimit: 1_000_000 });
    const before = (await call('pid')).content;
    expect(await call('huge')).toMatchObject({
      isError: true,
      content: 'the MCP server "odd" failed: the answer is larger than 1,000,000 bytes; ask for less',
    });
    expect((await call('big')).content).toHaveLength(300_000);
    expect((await call('pid')).content).toBe(before);
  });

  test('tools that come later are offered with the next turn, however often that is said', async () => {
    const { mcp, cwd, call } = await odd();
    await call('spam');
    await call('more');
    await until(async () => (await mcp.tools(cwd)).some(({ name }) => name === 'mcp__odd__extra'));
  });

  test('a server that never speaks is given up after a while, with its last words', async () => {
    const { mcp, cwd } = await odd({ waitMs: 200, startMs: 1500 }, 'mute');
    expect(await mcp.tools(cwd)).toEqual([]);
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'connecting' }]);
    await until(async () => (await mcp.status(cwd))[0]?.state === 'error');
    expect(await mcp.status(cwd)).toMatchObject([{ error: expect.stringMatching(/within 1500 ms; it said: odd server/) }]);
  });

  test('a slow start does not hold a turn up longer than configured; its tools come with a later turn', async () => {
    const { mcp, cwd } = await odd({ waitMs: 200 }, 'late');
    expect(await mcp.tools(cwd)).toEqual([]);
    await until(async () => (await mcp.status(cwd))[0]?.state === 'connected');
    expect(await mcp.tools(cwd)).toHaveLength(16);
  });

  test('a server that ends at once, and a command that is not there, are told with their reason', async () => {
    const cwd = folder();
    const own = {
      gone: oddServer('exit'),
      none: { command: 'no-such-program-here' },
      line: { command: 'echo hello; id' },
      folder: { command: 'node', cwd: 'nowhere' },
    };
    const mcp = await mcpWith({ own });
    expect(await mcp.tools(cwd)).toEqual([]);
    expect((await mcp.status(cwd)).map(({ id, state, error }) => [id, state, error])).toEqual([
      ['gone', 'error', expect.stringMatching(/^it ended by itself with exit code 3; it said: odd server \d+ begins \| no licence found$/)],
      ['none', 'error', expect.stringContaining('"no-such-program-here" was not found')],
      ['line', 'error', expect.stringContaining('"echo hello; id" was not found; no shell is used')],
      ['folder', 'error', expect.stringContaining(`${cwd}/nowhere does not exist`)],
    ]);
  });
});

describe('ends', () => {
  test('nothing of a server is left when this one stops, not even what ignores signals or has a session of its own', async () => {
    const cwd = folder();
    const mcp = await mcpWith({ own: { odd: oddServer('stay') } });
    const pids = [Number((await mcp.call(cwd, 'mcp__odd__pid')).content), Number((await mcp.call(cwd, 'mcp__odd__detach')).content)];
    expect(pids.map(alive)).toEqual([true, true]);
    await mcp.stop();
    expect(pids.map(alive)).toEqual([false, false]);
  });

  test('what a crash leaves of a server is ended with it', async () => {
    const cwd = folder();
    const mcp = await mcpWith({ own: { odd: oddServer() } });
    const pid = Number((await mcp.call(cwd, 'mcp__odd__detach')).content);
    await mcp.call(cwd, 'mcp__odd__crash');
    await until(() => !alive(pid));
  });

  test('a server that nobody uses is ended when another needs its place, and comes back', async () => {
    const [one, two] = [folder(), folder()];
    const mcp = await mcpWith({ own: { odd: oddServer() }, maxServers: 1 });
    const pid = Number((await mcp.call(one, 'mcp__odd__pid')).content);
    await mcp.call(two, 'mcp__odd__pid');
    expect(alive(pid)).toBe(false);
    expect(await mcp.status(one)).toMatchObject([{ state: 'disconnected', toolCount: 16 }]);
    expect((await mcp.call(one, 'mcp__odd__echo')).isError).toBe(false);
  });
});
