import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Secrets } from 'dispatch/kernel';
import { testConfig, toolContract } from 'dispatch/testing';
import { transcriptAnswer } from './transcript-answer.js';
import { videoUrl } from './video-url.js';
import { YoutubeTranscriptTool } from './youtube-transcript-tool.js';

const asked: string[] = [];
let reply: { status?: number; body: string };
const service = createServer((request, response) => {
  asked.push(request.url as string);
  response.writeHead(reply.status ?? 200).end(reply.body);
});
beforeAll(() => new Promise<void>((resolve) => void service.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

const secrets: Secrets = { add: () => undefined, mask: (text) => text, withoutSecrets: () => ({}) };
const tool = (url?: string) => new YoutubeTranscriptTool(testConfig({ 'tools.youtube.transcriberUrl': url }), secrets);
const own = () => tool(`http://127.0.0.1:${(service.address() as AddressInfo).port}/`);
const context = {
  ...{ conversationId: 'c', turnId: 't', toolCallId: 'k', cwd: '/', readableRoots: [] },
  signal: new AbortController().signal,
  output: () => undefined,
};
const video = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ';
const ask = (body: unknown, status?: number) => {
  reply = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
  return own().execute({ url: 'youtu.be/dQw4w9WgXcQ?t=3' }, context);
};

describe('the states of a transcript are told apart', () => {
  test('completed', async () => {
    expect(await ask({ status: 'completed', title: 'A song', transcript: 'Never gonna\n' })).toBe('# A song\n\nNever gonna');
    expect(asked).toEqual([`/api/transcript?url=${encodeURIComponent('https://youtu.be/dQw4w9WgXcQ?t=3')}`]);
  });

  test('queued', async () => {
    expect(await ask({ status: 'queued', position: 3 })).toBe(
      'not ready yet: the video is queued for transcription (position 3). Ask again later.',
    );
    expect(await ask({}, 202)).toBe('not ready yet: the video is queued for transcription. Ask again later.');
  });

  test('failed', async () => {
    const failed = (reason: string) => ({ content: `the video was not transcribed: ${reason}`, isError: true });
    expect(await ask({ status: 'failed', error: 'private video' })).toEqual(failed('private video'));
    expect(await ask({ error: { message: 'no such video' } }, 404)).toEqual(failed('no such video'));
    expect(await ask('<html>', 502)).toEqual(failed('the transcriber answered 502'));
    expect(await ask('<html>')).toEqual({ content: 'the transcriber answered no JSON: <html>', isError: true });
  });
});

test.each([
  [
    { transcript: [{ start: 0, text: ' a ' }, { start: 3661.5, text: 'b' }, 'c', {}] },
    { state: 'completed', text: '[00:00] a\n[01:01:01] b\nc' },
  ],
  [{ data: { status: 'done', text: 'x' } }, { state: 'completed', text: 'x' }],
  [{ status: 'completed' }, { state: 'failed', reason: 'the transcriber is done, but there is no transcript in its answer' }],
  [
    { state: 'processing', progress: 0.256 },
    { state: 'queued', details: '26 % done' },
  ],
  [{ status: 'banana' }, { state: 'failed', reason: 'the transcriber answered banana' }],
  [null, { state: 'failed', reason: 'the transcriber answered nothing of use' }],
  [
    { status: 'failed', transcript: 'half' },
    { state: 'failed', reason: 'the transcriber answered failed' },
  ],
])('%j is understood', (json, answer) => expect(transcriptAnswer(200, json)).toEqual(answer));

test.each([
  ['https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=x', 'https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=x'],
  ['http://m.YouTube.com/shorts/dQw4w9WgXcQ', 'http://m.youtube.com/shorts/dQw4w9WgXcQ'],
  [' https://youtu.be/dQw4w9WgXcQ ', 'https://youtu.be/dQw4w9WgXcQ'],
  ['youtube.com/live/dQw4w9WgXcQ', 'https://youtube.com/live/dQw4w9WgXcQ'],
  ['https://evil.example/watch?v=dQw4w9WgXcQ', undefined],
  ['https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ', undefined],
  ['https://youtube.com@127.0.0.1/watch?v=dQw4w9WgXcQ', undefined],
  ['https://www.youtube.com/@channel', undefined],
  ['http://169.254.169.254/', undefined],
  ['file:///youtu.be/x', undefined],
  ['', undefined],
])('the video of %s is %s', (text, url) => expect(videoUrl(text)).toBe(url));

test('what is no video is refused before anything is sent', async () => {
  const before = asked.length;
  expect(await own().execute({ url: 'http://127.0.0.1/' }, context)).toEqual({
    content: expect.stringContaining('no YouTube video'),
    isError: true,
  });
  expect(asked).toHaveLength(before);
});

test('a service that is not there, and a stop, are errors in words', async () => {
  expect(await tool('http://127.0.0.1:9').execute({ url: video }, context)).toEqual({
    content: expect.stringContaining('the transcriber at http://127.0.0.1:9 cannot be reached'),
    isError: true,
  });
  const answer = await own().execute({ url: video }, { ...context, signal: AbortSignal.abort() });
  expect(answer).toEqual({ content: 'the request was stopped', isError: true });
});

test('the tool is offered only where there is a service', async () => {
  const none = tool();
  expect([none.filter([none]), own().filter([none])]).toEqual([[], [none]]);
  expect(await none.execute({ url: video }, context)).toEqual({
    content: expect.stringContaining('YOUTUBE_TRANSCRIBER_URL'),
    isError: true,
  });
  expect(await toolContract(none, { inputs: [{ url: 'x' }] })).toEqual([]);
});
