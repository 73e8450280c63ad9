import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientMessage, ServerMessage } from 'dispatch/wire';
import { RealServer, root } from '../real-server.fixture.js';
import { type RawDocument, ReadDocument } from './document.fixture.js';
import { plain, testNames } from './test-names.fixture.js';

const page = readFileSync(join(root, 'docs/contract-tests.md'), 'utf8');
/** The rows of all tables, cell by cell. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '));
const rowOf = (name: string): string[] | undefined => rows.find(([first]) => first === `\`${name}\``);
/** Every test that the page names. */
const cited = [...page.matchAll(/`([\w./-]+\.test\.ts) › ([^`]+)`/g)].map(([, file, name]) => ({
  file: file as string,
  name: name as string,
}));

/** Complete by the compiler. */
const fromClients: Record<ClientMessage['type'], true> = {
  ...{ 'chat.send': true, 'chat.subscribe': true, 'chat.unsubscribe': true, 'chat.queue': true, 'chat.queue.cancel': true },
  ...{ subscribe: true, unsubscribe: true, invoke: true },
};
const fromServer: Record<ServerMessage['type'], true> = {
  ...{ 'chat.delta': true, 'chat.error': true, surface: true, update: true, error: true, catalog: true },
  ...{ 'conversation.open': true, 'conversation.statusChanged': true, 'conversation.compacted': true, 'plugin.changed': true },
};

let server: RealServer;
let document: ReadDocument;
beforeAll(async () => {
  server = await RealServer.start();
  document = new ReadDocument(await server.get<RawDocument>('/openapi.json'));
}, 60_000);
afterAll(() => server.stop());

describe('docs/contract-tests.md', () => {
  test('names only tests that exist', () => {
    expect(cited.length).toBeGreaterThan(100);
    expect(cited.filter(({ file, name }) => !testNames(file).has(plain(name)))).toEqual([]);
  });

  test('explains every letter that it uses', () => {
    const known = new Set([...page.matchAll(/^\| \*\*(\w)\*\* \|/gm)].map(([, letter]) => letter));
    const used = rows.flatMap((cells) =>
      cells.slice(1).flatMap((cell) => /^((?:[A-Z] ?)+)(?:$|<br>)/.exec(cell)?.[1]?.trim().split(' ') ?? []),
    );
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((letter) => !known.has(letter))).toEqual([]);
  });

  test('has a row for every route that is registered, with the letters that its parts call for', () => {
    const missing = document.operations.flatMap(({ method, path, body, parameters, operationId }) => {
      const name = `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
      const row = rowOf(name);
      if (!row) return [`no row for \`${name}\``];
      const closedBody = body && Object.keys(document.resolved(body.schema)).some((key) => ['type', 'properties'].includes(key));
      const wanted = [
        ...(closedBody ? ['B', 'O', 'J', 'M', 'L'] : []),
        ...(parameters.some((each) => each.in === 'path') ? ['P'] : []),
        ...(parameters.some((each) => each.in === 'query') && operationId !== 'getLaunch' ? ['Q', 'T'] : []),
        'X',
      ];
      const letters = row[2]?.split('<br>')[0]?.split(' ') ?? [];
      const lacking = wanted.filter((letter) => !letters.includes(letter));
      return lacking.length > 0 ? [`\`${name}\` lacks ${lacking.join(' ')}`] : [];
    });
    expect(missing).toEqual([]);
  });

  test('has a row with a test for every message of the wire, in either direction', () => {
    for (const type of [...Object.keys(fromClients), ...Object.keys(fromServer)]) {
      const tests = rowOf(type)?.slice(1) ?? [];
      expect([type, tests.length]).toEqual([type, type in fromClients ? 2 : 1]);
      for (const cell of tests) expect([type, cell]).toEqual([type, expect.stringContaining('.test.ts › ')]);
    }
  });
});
