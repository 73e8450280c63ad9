import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, folder, mcpWith, programOf, project, until } from './mcp.fixture.js';

const children: ChildProcess[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await cleanUp();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(answer: (request: IncomingMessage, response: ServerResponse) => void, port = 0): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

async function freePort(): Promise<number> {
  const url = await listening(() => undefined);
  await new Promise((resolve) => (servers.pop() as Server).close(resolve));
  return Number(new URL(url).port);
}

/** server-everything on loopback, up to the moment it listens. */
async function everything(port: number): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [programOf('@modelcontextprotocol/server-everything'), 'streamableHttp'], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  children.push(child);
  const url = `http://127.0.0.1:${port}/mcp`;
  await until(() =>
    fetch(url).then(
      () => true,
      () => false,
    ),
  );
  return { url, child };
}

interface Rpc {
  id?: number;
  method: string;
  params: { name?: string; protocolVersion?: string };
}

/** A small server of our own: `calls` answers tools/call. */
async function small(
  calls: (rpc: Rpc, response: ServerResponse, request: IncomingMessage) => void,
  seen: IncomingMessage[] = [],
  port = 0,
): Promise<string> {
  return listening((request, response) => {
    seen.push(request);
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      const rpc = JSON.parse(body) as Rpc;
      if (rpc.id === undefined) return response.writeHead(202).end();
      if (rpc.method === 'tools/call') return calls(rpc, response, request);
      response.setHeader('content-type', 'application/json');
      const tools = [{ name: 'go', inputSchema: { type: 'object' } }];
      const result =
        rpc.method === 'initialize'
          ? { protocolVersion: rpc.params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }
          : { tools };
      if (rpc.method === 'initialize') response.setHeader('mcp-session-id', `s${seen.length}`);
      response.end(JSON.stringify({ jsonrpc: '2.0', id: rpc.id, result }));
    });
  }, port);
}
const says = ({ id }: Rpc, text: string) => JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });

describe('servers over streamable HTTP', () => {
  test('every tool of server-everything is listed; calls, progress and list changes come through', async () => {
    const { url } = await everything(await freePort());
    const mcp = await mcpWith({ own: { web: { url } } });
    const cwd = folder();
    expect((await mcp.tools(cwd)).map(({ name }) => name)).toContain('mcp__web__get-sum');
    expect((await mcp.call(cwd, 'mcp__web__get-sum', { a: 2, b: 40 })).content).toMatch(/\b42\b/);
    const long = await mcp.call(cwd, 'mcp__web__trigger-long-running-operation', { duration: 1, steps: 2 });
    expect(long).toEqual({ content: expect.stringContaining('completed'), isError: false, output: expect.stringContaining('1 of 2') });
    expect(await mcp.status(cwd)).toMatchObject([{ id: 'web', state: 'connected', toolCount: 13 }]);
  });

  test('a server that is killed in the middle of a call is an error of that call, and is asked again when it is back', async () => {
    const port = await freePort();
    const { child } = await everything(port);
    const mcp = await mcpWith({ own: { web: { type: 'http', url: `http://127.0.0.1:${port}/mcp` } } });
    const cwd = folder();
    await mcp.tools(cwd);
    const call = mcp.call(cwd, 'mcp__web__trigger-long-running-operation', { duration: 30, steps: 2 });
    setTimeout(() => child.kill('SIGKILL'), 300);
    expect(await call).toMatchObject({ isError: true, content: expect.stringContaining('whether the tool has run is not known') });
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'error' }]);
    await everything(port);
    expect((await mcp.call(cwd, 'mcp__web__echo', { message: 'back' })).content).toContain('back');
  });

  test('a server that has forgotten the session gets a new one, and the call is made once', async () => {
    let calls = 0;
    const url = await small((rpc, response) => {
      calls++;
      if (calls === 1) return response.writeHead(404).end('no such session');
      response.setHeader('content-type', 'application/json').end(says(rpc, `call ${calls}`));
    });
    const mcp = await mcpWith({ own: { web: { url } } });
    expect(await mcp.call(folder(), 'mcp__web__go')).toMatchObject({ content: 'call 2', isError: false });
  });

  test.each(['application/json', 'text/event-stream'])(
    'an answer over the limit (%s) is an error of that call and is not kept',
    async (type) => {
      const url = await small((rpc, response) => {
        response.setHeader('content-type', type);
        const text = says(rpc, 'h'.repeat(3_000_000));
        response.end(type === 'application/json' ? text : `event: message\ndata: ${text}\n\n`);
      });
      const mcp = await mcpWith({ own: { web: { url } }, messageLimit: 1_000_000 });
      const cwd = folder();
      expect(await mcp.call(cwd, 'mcp__web__go')).toMatchObject({
        isError: true,
        content: expect.stringContaining('larger than 1,000,000 bytes'),
      });
      expect(await mcp.status(cwd)).toMatchObject([{ state: 'connected' }]);
    },
  );

  test('headers are sent to the server that was named, and to nobody it redirects to', async () => {
    const elsewhere: IncomingMessage[] = [];
    const other = await small(() => undefined, elsewhere);
    const seen: IncomingMessage[] = [];
    const url = await listening((request, response) => {
      seen.push(request);
      response.writeHead(307, { location: other }).end();
    });
    const mcp = await mcpWith({ own: { web: { url, headers: { 'X-Api-Key': 'canary-1' } } } });
    const cwd = folder();
    expect(await mcp.tools(cwd)).toEqual([]);
    expect(seen[0]?.headers['x-api-key']).toBe('canary-1');
    expect(elsewhere).toEqual([]);
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'error', error: expect.stringContaining('not followed') }]);
  });

  test('a server that is not there, one that wants a login, and one that is none say so', async () => {
    const mcp = await mcpWith({
      own: {
        gone: { url: `http://127.0.0.1:${await freePort()}/mcp` },
        locked: { url: await listening((_, response) => response.writeHead(401).end('{}')) },
        page: { url: await listening((_, response) => response.setHeader('content-type', 'text/html').end('<h1>hello</h1>')) },
      },
    });
    const cwd = folder();
    await mcp.tools(cwd);
    expect((await mcp.status(cwd)).map(({ state, error }) => [state, error])).toEqual([
      ['error', expect.stringContaining('ECONNREFUSED')],
      ['error', expect.stringContaining('wants a login (status 401)')],
      ['error', expect.stringContaining('text/html')],
    ]);
  });
});

describe('addresses', () => {
  const asked = [
    'http://169.254.169.254/latest',
    'http://2852039166/',
    'http://[fe80::1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://100.100.100.200/',
  ];
  test.each(asked)('K10: a project cannot have %s asked, trusted or not', async (url) => {
    const mcp = await mcpWith();
    const cwd = project({ meta: { url } });
    await mcp.trustAll(cwd);
    expect(await mcp.tools(cwd)).toEqual([]);
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'error', error: expect.stringContaining('link-local, reserved or metadata') }]);
  });

  test('K10: nor can it use another scheme, or a user in the address', async () => {
    const mcp = await mcpWith();
    const cwd = project({ file: { url: 'file:///etc/passwd' }, user: { url: 'http://a:b@localhost/' }, none: { url: 'not an address' } });
    await mcp.trustAll(cwd);
    await mcp.tools(cwd);
    expect((await mcp.status(cwd)).map(({ error }) => error)).toEqual([
      expect.stringContaining('must begin with http'),
      expect.stringContaining('must not hold a user'),
      expect.stringContaining('is no address'),
    ]);
  });
});
