import { afterEach, expect, test } from '@jest/globals';
import { definePlugin } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import { HttpServer } from '../transport-http/contract.js';
import transport from '../transport-http/open-transport.fixture.js';
import { type Command, type CommandLine, Commands } from './contract.js';
import commands from './index.js';

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

async function serving(...all: Command[]) {
  const holders = all.map((command) =>
    definePlugin({ id: `holds-${command.name}`, version: '1.0.0', provides: Commands, create: () => command }),
  );
  const host = await hostWith([...holders, commands, transport], {
    config: {
      'http.host': '127.0.0.1',
      'http.port': 0,
      'http.allowedHosts': [],
      'http.allowedOrigins': [],
      'http.bodyLimit': 1e6,
      cwd: '/start',
    },
  });
  ended.push(() => host.stop());
  const url = `http://127.0.0.1:${host.get(HttpServer).port}/commands`;
  const post = (name: string, body: unknown, signal?: AbortSignal) =>
    fetch(`${url}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
  const lines = async (name: string, body: unknown) =>
    (await (await post(name, body)).text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as CommandLine);
  return { url, post, lines };
}

const hello: Command = {
  name: 'hello',
  description: 'Says hello',
  usage: '[name]',
  run: ({ args, cwd, print }) => {
    print(`hello ${args.join(' ')}`);
    print(`in ${cwd}`);
    return args.length;
  },
};

test('commands are listed, and run with the words that were typed', async () => {
  const { url, lines } = await serving(hello);
  expect(await (await fetch(url)).json()).toEqual({ commands: [{ name: 'hello', description: 'Says hello', usage: '[name]' }] });
  expect(await lines('hello', { args: ['big', '--world'], cwd: '/here' })).toEqual([
    { type: 'line', text: 'hello big --world' },
    { type: 'line', text: 'in /here' },
    { type: 'done', exitCode: 2 },
  ]);
  expect((await lines('hello', { args: [] }))[1]).toEqual({ type: 'line', text: 'in /start' });
});

test('what a command throws is told, and ends with 1', async () => {
  const { lines } = await serving({ ...hello, run: () => Promise.reject(new Error('the sky is grey')) });
  expect(await lines('hello', { args: [] })).toEqual([{ type: 'done', exitCode: 1, error: 'the sky is grey' }]);
});

test('a command is told that its client has gone', async () => {
  let begun: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let gone: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const { post } = await serving({
    ...hello,
    run: async ({ signal, print }) => {
      signal.addEventListener('abort', gone);
      print('waiting');
      begun();
      await aborted;
    },
  });
  const client = new AbortController();
  const answer = post('hello', { args: [] }, client.signal);
  await running;
  await answer;
  client.abort();
  await aborted;
});

test('an unknown command, and a directory that is none, are refused', async () => {
  const { post } = await serving(hello);
  expect((await post('bye', { args: [] })).status).toBe(404);
  const refused = await post('hello', { args: [], cwd: 'here' });
  expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
    400,
    '"cwd" must be an absolute path, not "here"',
  ]);
});
