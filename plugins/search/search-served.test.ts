import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SearchAnswer } from 'dispatch/wire';
import { RealServer } from '../../tests/real-server.fixture.js';
import { ScriptedProvider } from '../../tests/scripted-provider.fixture.js';

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
});
afterAll(() => provider.close());

const search = (server: RealServer, q: string): Promise<SearchAnswer> => server.get(`/search?q=${encodeURIComponent(q)}`);
const places = ({ hits }: SearchAnswer) => hits.map(({ conversationId, seq, role }) => `${conversationId} ${seq} ${role}`);

test('what a real turn said is found at once, also when the server was killed the moment it was sealed', async () => {
  let server = await RealServer.start({ providerUrl: provider.baseUrl });
  provider.inTurn({ thinking: ['quokka?'], text: ['A quokka', ' is a marsupial.'] });
  await server.chat({ conversationId: 'first', message: 'What is a quokka?', workspaceId: 'zoo' });
  const answer = await search(server, 'quokka');
  expect(places(answer)).toEqual(['first 3 assistant', 'first 1 user']);
  expect(answer.hits[0]).toMatchObject({ workspaceId: 'zoo', title: 'What is a quokka?', snippet: 'A quokka is a marsupial.' });

  await server.chat({ conversationId: 'second', message: 'Another quokka' });
  await server.kill();
  server = await RealServer.start({ providerUrl: provider.baseUrl, dataDir: server.dataDir, cwd: server.cwd });
  expect(places(await search(server, '"another quokka"'))).toEqual(['second 1 user']);
  expect(places(await search(server, 'quokka'))).toHaveLength(4);
  await server.stop();
});
