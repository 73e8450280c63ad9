import { expect, test } from '@jest/globals';
import { commands } from '../commands/index.js';
import { wanted } from './wanted.js';

test.each([
  [['dis'], 'model-or-verb'],
  [['--server', 'x', ''], 'model-or-verb'],
  [['--'], 'grammar'],
  [['--server', ''], 'file'],
  [['read', ''], 'conversation'],
  [['--json', 'read', 'ab'], 'conversation'],
  [['read', 'ab', ''], 'grammar'],
  [['read', '--'], 'grammar'],
  [['queue', ''], 'grammar'],
  [['queue', 'cancel', ''], 'conversation'],
  [['plugin', 'show', ''], 'plugin'],
  [['workspace', 'set', ''], 'workspace'],
  [['config', 'explain', 'ht'], 'setting'],
  [['chat', ''], 'model'],
  [['a/one', '--conversation', ''], 'conversation'],
  [['a/one', '--workspace', ''], 'workspace'],
  [['a/one', '--file', ''], 'file'],
  [['a/one', '--effort', ''], 'grammar'],
  [['list', '--status', 'i'], 'status'],
  [['a/one', '--text', 'hi', ''], 'grammar'],
])('%j wants %s', (words, kind) => expect(wanted(words, commands)).toBe(kind));
