import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RawProvider, rawProvider } from './provider.fixture.js';
import { RealServer } from './real-server.fixture.js';
import { RealSocket } from './real-socket.fixture.js';

let provider: RawProvider;
let server: RealServer;
beforeAll(async () => {
  provider = await rawProvider();
  server = await RealServer.start({ providerUrl: provider.baseURL, env: { DISPATCH_MODEL: 'm' } });
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

function picture(size: number): string {
  const bytes = Buffer.alloc(size, 1);
  bytes.write('\x89PNG\r\n\x1a\n', 'latin1');
  return `data:image/png;base64,${bytes.toString('base64')}`;
}
const sentLast = () => (provider.asked().at(-1)?.json?.messages as { content: unknown }[] | undefined)?.at(-1)?.content;

test('a picture of ten MiB goes through: kept once, shown to the model and to clients as it was sent', async () => {
  const url = picture(10 * 1024 * 1024);
  await server.chat({ conversationId: 'large', message: 'look', images: [{ url }] });
  const sent = sentLast() as { image_url?: { url: string } }[];
  expect(sent[1]?.image_url?.url === url).toBe(true);
  const [, stored] = (await server.history('large')).chunks;
  expect(stored?.chunk.type === 'image' && stored.chunk.url === url).toBe(true);
  expect(readdirSync(join(server.dataDir, 'images'))).toHaveLength(1);
});

test('over the socket pictures are taken and refused alike', async () => {
  const socket = await RealSocket.open(server.url);
  const url = picture(100);
  socket.send({ type: 'chat.send', conversationId: 'good', message: 'look', images: [{ url }] });
  await socket.shown('good', 'turn-sealed');
  expect(sentLast()).toEqual([
    { type: 'text', text: 'look' },
    { type: 'image_url', image_url: { url } },
  ]);
  socket.send({ type: 'chat.send', conversationId: 'bad', message: 'look', images: [{ url: 'data:image/png;base64,PHN2Zz4=' }] });
  await socket.until(({ got }) => got.some(({ type }) => type === 'chat.error'));
  expect(socket.got.find(({ type }) => type === 'chat.error')).toMatchObject({
    conversationId: 'bad',
    message: expect.stringContaining('image 1 is no PNG, JPEG, WebP or GIF by its bytes'),
  });
  expect((await fetch(`${server.url}/conversations/bad/status`)).status).toBe(404);
  socket.ws.close();
});
