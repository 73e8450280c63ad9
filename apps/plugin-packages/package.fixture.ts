/** Packages that tests install; made on the spot, so that no registry is asked. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const emptyFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-packages-')));

/** Where no registry is, and nothing that npm keeps from earlier. */
export const noRegistry = (cache: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: cache,
  npm_config_cache: join(cache, 'npm'),
  npm_config_registry: 'http://127.0.0.1:9/',
});

/** A package whose scripts would leave a mark wherever one of them is run. */
export function dicePackage(
  folder: string,
  { more = {}, dispatch = {}, words = 'one' }: { more?: object; dispatch?: object | null; words?: string } = {},
) {
  const mark = join(folder, '..', 'mark');
  const leave = `node -e "require('fs').writeFileSync(${JSON.stringify(mark).replaceAll('"', "'")}, '')"`;
  const scripts = Object.fromEntries(
    ['preinstall', 'install', 'postinstall', 'prepare', 'prepack', 'postpack'].map((name) => [name, leave]),
  );
  const declared = dispatch && { id: 'dice', provides: 'dispatch.tool[]', capabilities: ['network'], engine: '>=0.1', ...dispatch };
  const content = {
    name: '@acme/dice',
    version: '1.0.0',
    type: 'module',
    main: 'lib/dice.js',
    scripts,
    ...more,
    ...(declared && { dispatch: declared }),
  };
  const code = `import { words } from './words.js';
export default class {
  static plugin = { id: 'dice', version: '1.0.0', provides: 'dispatch.tool[]' };
  name = 'dice'; description = 'Says words.'; input = { type: 'object', properties: {} };
  execute() { return words; }
}
`;
  for (const [path, text] of [
    ['package.json', JSON.stringify(content)],
    ['lib/dice.js', code],
    ['lib/words.js', `export const words = '${words}';\n`],
  ] as const) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, ran: () => existsSync(mark) };
}
