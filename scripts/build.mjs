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
  ...['apps/server/main.ts', 'apps/server/boot/plugin-hooks.ts', 'apps/cli/main.ts'],
  ...['kernel/index.ts', 'kernel/testing/index.ts', 'kernel/wire/index.ts'],
  ...readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}/index.ts`),
];

const options = (outdir) => ({
  absWorkingDir: root,
  entryPoints: entries().filter((entry) => existsSync(join(root, entry))),
  outdir,
  outbase: '.',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  mainFields: ['module', 'main'], // jsonc-parser's other entry cannot be bundled
  keepNames: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  chunkNames: 'chunks/[name]-[hash]',
  external,
  banner: { js: banner },
  logLevel: 'warning',
  tsconfig: 'tsconfig.json',
});

/** Builds once. */
export async function bundle(outdir = 'dist') {
  rmSync(join(root, outdir), { recursive: true, force: true });
  await build(options(outdir));
}

/** Builds again after each change; `rebuilt` is told each time it worked. */
export async function watch(rebuilt, outdir = 'dist') {
  const told = { name: 'told', setup: (on) => on.onEnd((result) => void (result.errors.length === 0 && rebuilt())) };
  const watched = await context({ ...options(outdir), plugins: [told] });
  await watched.watch();
  return watched;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundle(process.argv[2]);
