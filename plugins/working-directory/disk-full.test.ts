import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { workingFolder } from './working-directory.fixture.js';

const folder = workingFolder('disk-full');
afterAll(() => folder.remove());

/** Replaces a file in a process that may write no file of more than 8 blocks: the disk is full in the middle of it. */
async function replaceWithin(cwd: string, content: number): Promise<string> {
  const file = join(folder.base, 'replace.mjs');
  writeFileSync(
    join(folder.base, 'entry.ts'),
    `import { lstatSync } from 'node:fs';
    import { replaceFile } from ${JSON.stringify(join(process.cwd(), 'plugins/working-directory/replace-file.ts'))};
    import { openTarget } from ${JSON.stringify(join(process.cwd(), 'plugins/working-directory/target.ts'))};
    const [cwd, size] = process.argv.slice(2);
    const target = await openTarget('f', { cwd });
    const said = await replaceFile(target, Buffer.alloc(Number(size), 'n'), lstatSync(cwd + '/f')).then(() => 'written', (error) => error.message);
    console.log(said);`,
  );
  buildSync({
    entryPoints: [join(folder.base, 'entry.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    nodePaths: [join(process.cwd(), 'node_modules')],
    alias: { 'dispatch/kernel': join(process.cwd(), 'kernel/index.ts') },
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const script = 'ulimit -f 8; exec "$0" "$@"';
  const { stdout } = await promisify(execFile)('sh', ['-c', script, process.execPath, file, cwd, String(content)]);
  return stdout.trim();
}

test('F06: when the disk is full mid-write the old file is intact, nothing is left behind, and the answer says so', async () => {
  const cwd = join(folder.base, 'work');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'f'), 'old');
  expect(await replaceWithin(cwd, 1_000_000)).toBe(
    'cannot write f: the file would be larger than this server may write. The file is as it was',
  );
  expect([readdirSync(cwd), readFileSync(join(cwd, 'f'), 'utf8')]).toEqual([['f'], 'old']);
  expect(await replaceWithin(cwd, 100)).toBe('written');
  expect(readFileSync(join(cwd, 'f'), 'utf8')).toBe('n'.repeat(100));
});
