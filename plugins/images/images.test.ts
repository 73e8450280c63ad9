import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Database } from '../storage-sqlite/contract.js';
import { ImageSweep } from './image-sweep.js';
import { asUrl, cleanUp, png, started } from './images.fixture.js';

afterEach(cleanUp);

type Server = Awaited<ReturnType<typeof started>>;
const bodies = async ({ host }: Server): Promise<string[]> =>
  (await host.get(Database).read((manager) => manager.query('SELECT body FROM chunk'))).map(({ body }: { body: string }) => body);
const picture = asUrl(png());
const part = (url: string) => ({ type: 'image_url', image_url: { url } });

describe('a picture of a message', () => {
  test('is kept as a file by its digest, and the log only names it', async () => {
    const server = await started();
    await server.chat({ images: [{ url: picture, mimeType: 'image/png' }] });
    const [name = ''] = await server.files();
    expect(name).toMatch(/^[0-9a-f]{64}\.png$/);
    const file = join(server.folder, name);
    expect(readFileSync(file)).toEqual(png());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await bodies(server)).toContain(`{"type":"image","url":"dispatch-image:${name}","mimeType":"image/png"}`);
  });

  test('reaches a model that sees, and clients, the way it was sent', async () => {
    const server = await started();
    await server.chat({ images: [{ url: picture }, { url: asUrl(png(40, 9)) }] });
    expect(server.shown()).toEqual([[{ type: 'text', text: 'look' }, part(picture), part(asUrl(png(40, 9)))]]);
    expect((await server.history()).chunks.slice(0, 3).map(({ chunk }) => chunk)).toEqual([
      { type: 'text', text: 'look' },
      { type: 'image', url: picture, mimeType: 'image/png' },
      { type: 'image', url: asUrl(png(40, 9)), mimeType: 'image/png' },
    ]);
  });

  test('that was sent before is the same bytes in every later request, also after a restart', async () => {
    const first = await started();
    await first.chat({ images: [{ url: picture }] });
    await first.chat({ message: 'and now?' });
    const [one, two] = first.provider.seen.map(({ body }) => body.messages);
    expect(JSON.stringify(two?.slice(0, one?.length))).toBe(JSON.stringify(one));
    await first.stop();
    const second = await started({ dataDir: first.dataDir });
    await second.chat({ message: 'still there?' });
    expect(second.shown()?.slice(0, 2)).toEqual([[{ type: 'text', text: 'look' }, part(picture)], 'and now?']);
  });

  test('sent twice is kept once', async () => {
    const server = await started();
    await server.chat({ images: [{ url: picture }, { url: picture }] });
    await server.chat({ conversationId: 'd', images: [{ url: picture }] });
    expect(await server.files()).toHaveLength(1);
  });

  test('is told in words to a model that is known not to see, and shown again to one that does', async () => {
    const server = await started();
    await fetch(`${server.url}/models`);
    await server.chat({ model: 'mock/mock-2', images: [{ url: picture }, { url: 'https://example.com/a.png' }] });
    expect(JSON.stringify(server.shown())).not.toContain('image_url');
    expect(JSON.stringify(server.shown())).toContain('does not take pictures');
    await server.chat({ model: 'mock/mock-1', message: 'and you?' });
    expect(server.shown()?.[0]).toEqual([{ type: 'text', text: 'look' }, part(picture), part('https://example.com/a.png')]);
  });

  test('is shown to a model of which nothing is known; refused there, it is told in words from then on', async () => {
    const server = await started();
    server.provider.script = ({ raw }) =>
      raw.includes('"image_url"')
        ? { status: 400, body: '{"error":{"message":"messages[0]: unknown variant `image_url`, expected `text`"}}' }
        : { text: ['I cannot see it'] };
    const { text } = await server.chat({ model: 'mock/other', images: [{ url: picture }] });
    expect(text).toContain('I cannot see it');
    await server.chat({ model: 'mock/other', message: 'really?' });
    expect(server.provider.seen.map(({ raw }) => raw.includes('"image_url"'))).toEqual([true, false, false]);
  });

  test('at an address of another host is handed on as it is, and nobody here fetches it', async () => {
    const server = await started();
    const url = `${server.provider.baseUrl}/picture.png`;
    await server.chat({ images: [{ url, mimeType: 'image/png' }] });
    expect(server.shown()).toEqual([[{ type: 'text', text: 'look' }, part(url)]]);
    expect((await server.history()).chunks[1]?.chunk).toEqual({ type: 'image', url, mimeType: 'image/png' });
    expect(server.provider.seen).toHaveLength(1);
    expect(await server.files()).toEqual([]);
  });

  test('whose file is gone is told so to the model, and is an address that answers 404 to clients', async () => {
    const server = await started();
    await server.chat({ images: [{ url: picture }] });
    await server.stop();
    rmSync(server.folder, { recursive: true });
    const again = await started({ dataDir: server.dataDir });
    await again.chat({ message: 'what was it?' });
    expect(JSON.stringify(again.shown())).toContain('is not kept any more');
    const chunk = (await again.history()).chunks[1]?.chunk as { url: string };
    expect(chunk.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/images\/[0-9a-f]{64}\.png$/);
    expect((await fetch(chunk.url)).status).toBe(404);
  });
});

describe('a picture that cannot be taken is refused before anything is stored:', () => {
  test.each([
    ['not base64', 'data:image/png;base64,@@@@', 'image 2 is no data: address in base64'],
    ['not in base64', 'data:image/png,abc', 'image 2 is no data: address in base64'],
    ['no picture', asUrl(Buffer.from('<svg onload=alert(1)>')), 'image 2 is no PNG, JPEG, WebP or GIF'],
    ['a page that is called a picture', asUrl(Buffer.from('<!doctype html>'), 'image/jpeg'), 'image 2 is no PNG'],
    ['empty', 'data:image/png;base64,', 'image 2 is no PNG'],
    ['too large', asUrl(png(5_000)), 'image 2 is larger than 4096 bytes'],
    ['an address with a password', 'https://me:secret@example.com/a.png', 'image 2 has an address with a user'],
    ['no address', 'https://', 'image 2 has no usable address'],
    ['of another scheme', 'file:///etc/passwd', 'must be a data: or http(s): address'],
    ['our own reference', 'dispatch-image:aa.png', 'must be a data: or http(s): address'],
  ])('%s', async (_, url, words) => {
    const server = await started({ config: { 'images.maxBytes': 4_096 } });
    const answer = await server.chat({ images: [{ url: picture }, { url }] });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(words);
    expect(await server.files()).toEqual([]);
    expect((await fetch(`${server.url}/conversations/c/status`)).status).toBe(404);
    expect((await server.chat({})).status).toBe(200);
  });

  test('more than 32 of them', async () => {
    const server = await started();
    expect((await server.chat({ images: Array.from({ length: 33 }, () => ({ url: picture })) })).status).toBe(400);
  });
});

test('a disk that does not take a picture is a 507 or 500, and the turn has never been', async () => {
  const server = await started();
  writeFileSync(server.folder, 'in the way');
  const answer = await server.chat({ images: [{ url: picture }] });
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(answer.text).toContain('picture');
  expect((await fetch(`${server.url}/conversations/c/status`)).status).toBe(404);
});

test('a history of many large pictures carries the newest, and gives addresses of the others', async () => {
  const server = await started();
  const urls = [1, 2, 3].map((fill) => asUrl(png(9 * 1024 * 1024, fill)));
  await server.chat({ images: urls.map((url) => ({ url })) });
  const shown = (await server.history()).chunks.flatMap(({ chunk }) => (chunk.type === 'image' ? [chunk.url] : []));
  expect(shown.slice(1)).toEqual(urls.slice(1));
  const answer = await fetch(shown[0] as string);
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-content-type-options')]).toEqual([
    ...[200, 'image/png', 'nosniff'],
  ]);
  expect(asUrl(Buffer.from(await answer.arrayBuffer()))).toBe(urls[0]);
  for (const name of ['../dispatch.db', '..%2fdispatch.db', `${'a'.repeat(64)}.svg`])
    expect((await fetch(`${server.url}/images/${name}`)).status).toBeGreaterThanOrEqual(400);
});

test('the sweep removes what no log refers to, once it is an hour old, and nothing else', async () => {
  const server = await started();
  await server.chat({ images: [{ url: picture }] });
  const [kept = ''] = await server.files();
  const old = server.host.clock.now() / 1000 - 3_700;
  const orphan = `${'0'.repeat(64)}.png`;
  for (const name of [orphan, 'half.tmp', `${'1'.repeat(64)}.gif`]) writeFileSync(join(server.folder, name), 'x');
  for (const name of [orphan, 'half.tmp', kept]) utimesSync(join(server.folder, name), old, old);
  expect(await server.host.get(ImageSweep).sweep()).toBe(2);
  expect(new Set(await server.files())).toEqual(new Set([kept, `${'1'.repeat(64)}.gif`]));
});

test('the sweep runs by itself, and ends with the server', async () => {
  const server = await started();
  await server.chat({ images: [{ url: picture }] });
  const orphan = join(server.folder, `${'0'.repeat(64)}.png`);
  writeFileSync(orphan, 'x');
  utimesSync(orphan, 1, 1);
  await server.host.clock.advance(600_000);
  const words = 'info pictures removed that no conversation refers to: 1';
  while (!server.host.logger.records.includes(words)) await new Promise((resolve) => setImmediate(resolve));
  expect(await server.files()).toHaveLength(1);
  await server.stop();
  expect(server.host.clock.sleeping()).toBe(0);
});
