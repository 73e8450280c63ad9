import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseManifest, slot } from 'dispatch/kernel';
import { pluginFiles } from '../apps/author/plugin-files.js';
import { root } from './real-server.fixture.js';

const guide = readFileSync(join(root, 'docs/plugins.md'), 'utf8');
const made = pluginFiles({ id: 'greeter', language: 'ts', version: '0.1.0', dispatch: '..' });
/** Each block of code, with what the line above says it is. */
const blocks = [...guide.matchAll(/(?:^`([^`\n]+)`([^\n]*):\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, file, how, language, code = '']) => ({
    file,
    how,
    language,
    code,
  }),
);
const sources = blocks.filter(({ language }) => language === 'ts' || language === 'js');

test('the guide has code, and says of each block where it is from', () => {
  expect(sources.length).toBeGreaterThan(8);
  expect(sources.filter(({ file }) => file === undefined)).toEqual([]);
});

test.each(sources.map(({ file = '', how, code }, i) => [i + 1, file, how, code] as const))(
  'block %i is what stands in %s',
  (_i, file, how, code) => {
    const whole = how === ', as it is made' ? made[file] : readFileSync(join(root, file), 'utf8');
    expect(whole).toContain(code);
  },
);

test('what it shows of package.json is a manifest', () => {
  const [declared] = blocks.filter(({ code }) => code.includes('"dispatch"'));
  const { entry, ...manifest } = JSON.parse(declared?.code ?? '').dispatch;
  expect(made[entry]).toBeDefined();
  expect(parseManifest(manifest, 'the guide').id).toBe('greeter');
});

describe('what a plugin may add', () => {
  const rows = [...guide.matchAll(/^\| [^|]+ \| `(\w+)` `(dispatch\.[\w.-]+\[\])`[^|]*\| `(docs\/api\/\w+\.d\.ts)` \| ([^|]*)\|$/gm)];
  test.each(rows.map(([, name = '', id = '', page = '', example = '']) => [name, id, page, example.trim()] as const))(
    '%s: the name, its text, its page and its example belong together',
    async (name, id, page, example) => {
      const doors: Record<string, unknown> = { ...(await import('dispatch/kernel')), ...(await import('dispatch/contracts')) };
      expect(doors[name]).toBe(slot(id as `${string}[]`));
      expect(readFileSync(join(root, page), 'utf8')).toMatch(new RegExp(`declare const ${name}: Slot<`));
      if (example)
        expect(readFileSync(join(root, example.replaceAll('`', ''), 'README.md'), 'utf8')).toMatch(
          new RegExp(`\`(${name}|${id.replace('[]', '\\[\\]')})\``),
        );
    },
  );

  test('has every slot that is promised', async () => {
    const doors = Object.entries({ ...(await import('dispatch/kernel')), ...(await import('dispatch/contracts')) });
    const slots = doors.flatMap(([name, id]) => (typeof id === 'symbol' && String(Symbol.keyFor(id)).endsWith('[]') ? [name] : []));
    expect(rows.map(([, name]) => name).sort()).toEqual(slots.sort());
  });
});
