import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { folder, RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
});
afterAll(() => provider.close());

/** Runs a shell line to its end; answers what it wrote. */
function shell(line: string, cwd: string): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn('sh', ['-c', line], { cwd });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.once('close', () => resolve(output));
  });
}

describe('the server from start to end', () => {
  test('with no key set it prints a curl line that runs a turn in which a file is really read', async () => {
    const cwd = folder('no-key');
    writeFileSync(join(cwd, 'README.md'), '# A file that is really read\n');
    const server = await RealServer.start({ cwd });
    const line = server.output.split('\n').find((each) => each.includes('curl ')) ?? '';
    const events = (await shell(line, cwd)).split('\n').flatMap((each) => (each.startsWith('{') ? [JSON.parse(each)] : []));
    expect(events.find((event) => event.type === 'tool-result')).toMatchObject({
      toolName: 'read_file',
      isError: false,
      content: expect.stringContaining('A file that is really read'),
    });
    expect(events.at(-1).type).toBe('turn-sealed');
    expect((await server.history('first')).chunks.map(({ chunk }) => chunk.type)).toEqual(
      expect.arrayContaining(['tool-call', 'tool-result', 'text']),
    );
    expect(await server.stop()).toBe(0);
  });

  test('a port in use is named, with what changes it, and the exit code is 1', async () => {
    const first = await RealServer.start();
    const second = await RealServer.spawn({ port: first.port });
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(String(first.port));
    expect(second.output).toContain('BACKEND_PORT');
    await first.stop();
  });

  test('a second server on the same data is refused, and names the first', async () => {
    const first = await RealServer.start();
    const second = await RealServer.spawn({ dataDir: first.dataDir });
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(String(first.process.pid));
    await first.stop();
  });

  test('an unknown key in a configuration file is refused with the nearest name, exit code 2', async () => {
    const cwd = folder('config');
    writeFileSync(join(cwd, 'dispatch.config.json'), '{ "http": { "prot": 1 } }');
    const server = await RealServer.spawn({ cwd });
    expect(await server.exited).toBe(2);
    expect(server.output).toMatch(/http\.prot.*http\.port/s);
  });

  test('SIGTERM lets a running turn end, then the server ends with 0', async () => {
    const server = await RealServer.start({ providerUrl: provider.baseUrl });
    provider.inTurn({ text: ['a', 'b', 'c', 'd'], pace: 150 });
    const events = await server.chat({ conversationId: 'last', message: 'go' }, (event) => {
      if (event.type === 'turn-start') server.process.kill('SIGTERM');
    });
    expect(events.at(-1)?.type).toBe('turn-sealed');
    expect(events.find((event) => event.type === 'done')).toMatchObject({ reason: 'stop' });
    expect(await server.exited).toBe(0);
  });

  test('SIGTERM ends what a tool has started', async () => {
    const server = await RealServer.start({ providerUrl: provider.baseUrl, config: { drainMs: 300 } });
    const mark = `sleep 86${process.pid % 1000}`;
    provider.inTurn({ calls: [{ name: 'run_shell', args: { command: `setsid ${mark} & ${mark}` } }] });
    const events = await server.chat({ conversationId: 'tool', message: 'go' }, (event) => {
      if (event.type === 'tool-call') setTimeout(() => server.process.kill('SIGTERM'), 300);
    });
    expect(events.find((event) => event.type === 'done')).toMatchObject({ reason: 'aborted' });
    expect(await server.exited).toBe(0);
    expect(await shell(`pgrep -f '^${mark}' || echo none`, server.cwd)).toBe('none\n');
  });
});
