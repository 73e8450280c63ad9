// Bundles the server, the CLI, the kernel's doors and every plugin folder into dist/.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, context } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

// Native, or wanted only by database drivers that we do not ship.
const external = [
  ...['sqlite3', 'esbuild', 'better-sqlite3', 'pg', 'pg-native', 'pg-query-stream', 'mysql', 'mysql2', 'oracledb', 'mssql', 'mongodb'],
  ...['redis', 'ioredis', 'sql.js', '@sap/hana-client', '@sap/hana-client/extension/Stream', 'hdb-pool', '@google-cloud/spanner'],
  ...['typeorm-aurora-data-api-driver', 'react-native-sqlite-storage', 'ts-node', 'bufferutil', 'utf-8-validate'],
];

// Some CommonJS libraries inside the bundle ask for these.
const banner = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  "import { dirname as __pathDirname } from 'node:path';",
  'const require = __createRequire(import.meta.url), __filename = __fileURLToPath(import.meta.url), __dirname = __pathDirname(__filename);',
].join(' ');

const entries = () => [
  ...['apps/server/main.ts', 'apps/server/boot/plugin-hooks.ts'],
  ...['apps/author/register.ts', 'apps/author/trial/main.ts'],
  ...['kernel/index.ts', 'kernel/testing/index.ts', 'kernel/wire/index.ts', 'plugins/contracts.ts'],
  ...readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}/index.ts`),
];

// Code that never runs here and would only be parsed at each start: TypeORM's other databases, and old character sets.
const unused =
  /node_modules\/(typeorm\/driver\/(aurora|better-sqlite3|capacitor|cockroachdb|cordova|expo|mongodb|mysql|nativescript|oracle|postgres|react-native|sap|spanner|sqljs|sqlserver)[^/]*\/|iconv-lite\/encodings\/(dbcs|sbcs|tables|utf7|utf16|utf32)).*\.js(on)?$/;
const leaveOut = {
  name: 'leave-out',
  setup: (on) => on.onLoad({ filter: unused }, () => ({ contents: 'module.exports = {};', loader: 'js' })),
};

// zod speaks sixty languages, a third of its size; ours are English sentences.
const englishOnly = {
  name: 'english-only',
  setup: (on) =>
    on.onLoad({ filter: /node_modules\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';" })),
};

const shared = (outdir) => ({
  absWorkingDir: root,
  outdir,
  outbase: '.',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  mainFields: ['module', 'main'], // jsonc-parser's other entry cannot be bundled
  keepNames: false,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  chunkNames: 'chunks/[name]-[hash]',
  external,
  plugins: [leaveOut, englishOnly],
  logLevel: 'warning',
  tsconfig: 'tsconfig.json',
});
const server = (outdir) => ({
  ...shared(outdir),
  entryPoints: entries().filter((entry) => existsSync(join(root, entry))),
  banner: { js: banner },
});
/** A client of its own, which shares nothing with the server; its libraries declare what the banner would. */
const cli = (outdir) => ({ ...shared(outdir), entryPoints: ['apps/cli/main.ts'], chunkNames: 'apps/cli/[name]-[hash]' });

/** Builds once. */
export async function bundle(outdir = 'dist') {
  rmSync(join(root, outdir), { recursive: true, force: true });
  await Promise.all([build(server(outdir)), build(cli(outdir))]);
}

/** Builds again after each change; `rebuilt` is told each time it worked. */
export async function watch(rebuilt, outdir = 'dist') {
  const told = { name: 'told', setup: (on) => on.onEnd((result) => void (result.errors.length === 0 && rebuilt())) };
  const watched = await Promise.all([context({ ...server(outdir), plugins: [leaveOut, told] }), context(cli(outdir))]);
  await Promise.all(watched.map((each) => each.watch()));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundle(process.argv[2]);
