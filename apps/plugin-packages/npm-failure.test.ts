import { expect, test } from '@jest/globals';
import { npmFailure } from './npm-failure.js';

test.each([
  [
    'npm error code ENOTFOUND\nnpm error errno ENOTFOUND\nnpm error network request to …',
    /could not reach the registry \(ENOTFOUND\): check the network/,
  ],
  ['npm ERR! code E404\nnpm ERR! 404 Not Found', /the registry has no package "dice"/],
  ['npm error code ETARGET\nnpm error notarget No matching version', /no such version of "dice"/],
  ['npm error code EINTEGRITY\n', /its digest differs/],
  ['npm error code E403\n', /log in with npm/],
  [
    'npm error code ENOSPC\nnpm error syscall write\nnpm error no space left on device',
    /^npm could not install "dice" \(ENOSPC\): no space left on device$/,
  ],
  ['something else', /it did not say why$/],
])('%j is told in a sentence', (said, sentence) => {
  expect(npmFailure(said, 'dice')).toMatch(sentence);
});
