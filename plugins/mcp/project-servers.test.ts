// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what these files are written in
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { alive, cleanUp, folder, mcpWith, oddServer, processesWith, project, until } from './mcp.fixture.js';

afterEach(cleanUp);

describe('what a project asks for', () => {
  test('K06: an untrusted .mcp.json starts nothing, is shown as waiting, and says so once', async () => {
    const mcp = await mcpWith();
    const cwd = project({ odd: oddServer('untrusted-canary') });
    expect(await mcp.tools(cwd)).toEqual([]);
    expect(await mcp.tools(cwd)).toEqual([]);
    expect(processesWith('untrusted-canary')).toEqual([]);
    expect(await mcp.status(cwd)).toEqual([
      {
        id: 'odd',
        state: 'disconnected',
        toolCount: 0,
        configSource: join(cwd, '.mcp.json'),
        error: `it waits to be trusted: dispatch trust ${cwd}`,
      },
    ]);
    expect(mcp.host.logger.records.filter((record) => record.includes('waits to be trusted'))).toHaveLength(1);
    expect(mcp.shown).toEqual(['trust']);
  });

  test.each(['.mcp.json', '.dispatch/mcp.json'])(
    'a trusted %s starts its servers, and after a change it is inert again, the old server ended',
    async (file) => {
      const mcp = await mcpWith();
      const cwd = project({ odd: oddServer() }, file);
      await mcp.trustAll(cwd);
      const pid = Number((await mcp.call(cwd, 'mcp__odd__pid')).content);
      writeFileSync(join(cwd, file), readFileSync(join(cwd, file), 'utf8').replace('""', '"changed-canary"'));
      expect(await mcp.tools(cwd)).toEqual([]);
      await until(() => !alive(pid));
      expect(processesWith('changed-canary')).toEqual([]);
      await mcp.trustAll(cwd);
      expect(await mcp.tools(cwd)).toHaveLength(16);
    },
  );

  test('trust taken back ends the servers at once, without waiting for a turn', async () => {
    const mcp = await mcpWith();
    const cwd = project({ odd: oddServer() });
    await mcp.trustAll(cwd);
    const pid = Number((await mcp.call(cwd, 'mcp__odd__pid')).content);
    const calling = mcp.call(cwd, 'mcp__odd__hang');
    await until(async () => (await mcp.status(cwd))[0]?.state === 'connected');
    await mcp.trust.revoke(cwd);
    expect(await calling).toMatchObject({ isError: true });
    await until(() => !alive(pid));
    expect(await mcp.status(cwd)).toMatchObject([{ state: 'disconnected', error: expect.stringContaining('waits') }]);
  });

  test('a file that goes away takes its servers along', async () => {
    const mcp = await mcpWith();
    const cwd = project({ odd: oddServer() });
    await mcp.trustAll(cwd);
    const pid = Number((await mcp.call(cwd, 'mcp__odd__pid')).content);
    rmSync(join(cwd, '.mcp.json'));
    expect(await mcp.tools(cwd)).toEqual([]);
    await until(() => !alive(pid));
  });

  test('K06: what waits takes nobody’s place: the server of the configuration with the same name goes on', async () => {
    const mcp = await mcpWith({ own: { odd: oddServer('own') } });
    const cwd = project({ odd: oddServer('theirs-canary') });
    expect((await mcp.call(cwd, 'mcp__odd__echo')).isError).toBe(false);
    expect((await mcp.status(cwd)).map(({ state, configSource }) => [state, configSource])).toEqual([
      ['connected', 'configuration'],
      ['disconnected', join(cwd, '.mcp.json')],
    ]);
    await mcp.trustAll(cwd);
    await mcp.tools(cwd);
    expect(processesWith('theirs-canary')).toHaveLength(1);
  });

  test('a file that is broken, or not what it should be, is told as an error', async () => {
    const mcp = await mcpWith();
    const cwd = folder('project');
    const seen = async (content: string) => {
      writeFileSync(join(cwd, '.mcp.json'), content);
      await mcp.trustAll(cwd);
      await mcp.tools(cwd);
      return (await mcp.status(cwd)).map(({ id, state, error }) => `${id} ${state} ${error}`);
    };
    expect(await seen('{')).toEqual([expect.stringMatching(/^\.mcp\.json error .*it is no JSON/)]);
    expect(await seen('[]')).toEqual([expect.stringContaining('it must hold { "mcpServers"')]);
    expect(
      await seen('{"mcpServers":{"a":5,"b":{"command":["x"]},"c":{"type":"sse","url":"http://x/"},"d":{"command":"x","disabled":true}}}'),
    ).toEqual([
      'a error it must be an object with "command", or with "url"',
      'b error "command" must be a text: the program, its arguments go into "args"',
      expect.stringContaining('old transport'),
      'd disconnected undefined',
    ]);
  });
});

describe('what servers are given', () => {
  const environmentOf = async (mcp: Awaited<ReturnType<typeof mcpWith>>, cwd: string) =>
    JSON.parse((await mcp.call(cwd, 'mcp__odd__env')).content) as Record<string, string>;

  test('a child gets PATH, HOME, LANG, its mark and what its definition sets, and no secret', async () => {
    process.env.CANARY_KEY = 'canary-value-1';
    process.env.CANARY_PLAIN = 'canary-value-2';
    const mcp = await mcpWith({ own: { odd: oddServer('', { MINE: 'x ${CANARY_PLAIN}' }) } });
    const env = await environmentOf(mcp, folder());
    expect(Object.keys(env).sort()).toEqual(['DISPATCH_OWNER', 'HOME', 'LANG', 'MINE', 'PATH'].filter((name) => name in env));
    expect(env.MINE).toBe('x canary-value-2');
    expect(JSON.stringify(env)).not.toContain('canary-value-1');
  });

  test('K10: a variable that is not set makes that server an error, and no other', async () => {
    const mcp = await mcpWith();
    const cwd = project({ bad: { command: 'x', args: ['${NOT_SET_AT_ALL}'] }, good: oddServer('', { A: '${NOT_SET_AT_ALL:-otherwise}' }) });
    await mcp.trustAll(cwd);
    await mcp.tools(cwd);
    expect((await mcp.status(cwd)).map(({ id, state, error }) => [id, state, error])).toEqual([
      ['bad', 'error', '${NOT_SET_AT_ALL} is not set; set it where the server is started, or write ${NOT_SET_AT_ALL:-default}'],
      ['good', 'connected', undefined],
    ]);
    expect((await mcp.call(cwd, 'mcp__good__env')).content).toContain('"A":"otherwise"');
  });

  test('K10: shell metacharacters reach the program as they are', async () => {
    const marker = join(folder(), 'owned');
    const words = [`; touch ${marker}`, `$(touch ${marker})`, `\`touch ${marker}\``, '${HOME', '$HOME', '*', '&& id'];
    const mcp = await mcpWith();
    const { command, args } = oddServer();
    const cwd = project({ odd: { command, args: [...args, ...words] } });
    await mcp.trustAll(cwd);
    const pid = (await mcp.call(cwd, 'mcp__odd__pid')).content;
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(3, -1)).toEqual(words);
    expect(() => readFileSync(marker)).toThrow();
  });

  test('K06: a secret of this server is given to nobody, under whatever name it is asked for', async () => {
    process.env.DISPATCH_API_KEY = 'canary-key-123456';
    process.env.INNOCENT_NAME = 'prefix canary-key-123456';
    const mcp = await mcpWith({ secrets: ['canary-key-123456'] });
    const cwd = project({
      a: { command: 'x', env: { K: '${DISPATCH_API_KEY:-no}' } },
      b: { url: 'http://localhost:1/${INNOCENT_NAME}' },
      odd: oddServer(),
    });
    await mcp.trustAll(cwd);
    const env = await environmentOf(mcp, cwd);
    delete process.env.DISPATCH_API_KEY;
    expect(JSON.stringify(env)).not.toContain('canary-key');
    expect((await mcp.status(cwd)).map(({ error }) => error)).toEqual([
      expect.stringContaining('was not found'),
      expect.stringContaining('is a secret of this server'),
      undefined,
    ]);
    expect(JSON.stringify([await mcp.status(cwd), mcp.host.logger.records])).not.toContain('canary-key');
  });
});
