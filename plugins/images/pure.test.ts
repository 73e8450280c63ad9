import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, dataUrl } from './data-url.js';
import { imageKind } from './image-kind.js';
import { isKept, keptName } from './image-name.js';

test('whatever the bytes, a data: address gives them back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(bytesOf(dataUrl('image/png', Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
});

test.each([
  'data:image/png;base64,AA=A',
  'data:image/png;base64,AAAA AAAA!',
  'data:;x,AAAA',
  'data:image/png;base64',
  'https://h/;base64,AA',
  '',
])('%j is no base64 data: address', (url) => expect(bytesOf(url)).toBeUndefined());

describe('a picture is what its first bytes say', () => {
  test.each([
    ['png', '\x89PNG\r\n\x1a\n…'],
    ['jpg', '\xff\xd8\xff\xe0'],
    ['gif', 'GIF89a'],
    ['gif', 'GIF87a'],
    ['webp', 'RIFF\x10\x00\x00\x00WEBPVP8 '],
    [undefined, 'RIFF\x10\x00\x00\x00WAVE'],
    [undefined, '<svg'],
    [undefined, 'GIF88a'],
    [undefined, ''],
  ])('%s', (kind, head) => expect(imageKind(Buffer.from(head, 'latin1'))).toBe(kind));
});

test('only a whole reference names a kept picture', () => {
  const name = `${'a'.repeat(64)}.png`;
  expect(keptName({ type: 'image', url: `dispatch-image:${name}` })).toBe(name);
  for (const url of [name, 'dispatch-image:../x.png', `dispatch-image:${name}/..`, `https://h/dispatch-image:${name}`])
    expect(isKept({ type: 'image', url })).toBe(false);
  expect(isKept({ type: 'text', text: `dispatch-image:${name}` })).toBe(false);
});
