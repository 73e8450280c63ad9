import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Beside the package, in its folder. */
export const receiptFile = 'dispatch-package.json';

/** What was installed into a folder, and a digest of every file in it. */
export interface Receipt {
  /** As it was asked for: a name, or the path of a folder or tarball. */
  asked: string;
  package: string;
  version: string;
  /** npm's digest of the package's tarball, as `package-lock.json` has it. */
  integrity: string;
  /** Of all files that lie there now. */
  content: string;
}

/** Notes what a folder holds: from now on it is known whether something in it was changed. */
export async function writeReceipt(folder: string, what: Omit<Receipt, 'content'>): Promise<void> {
  const content = await digestOf(folder);
  await writeFile(join(folder, receiptFile), `${JSON.stringify({ ...what, content } satisfies Receipt, null, 2)}\n`, { mode: 0o644 });
}

/** What was installed there; undefined for a folder that nothing was installed into. */
export async function readReceipt(folder: string): Promise<Receipt | undefined> {
  try {
    const { asked, package: name, version, integrity, content } = JSON.parse(await readFile(join(folder, receiptFile), 'utf8')) as Receipt;
    return {
      asked: String(asked),
      package: String(name),
      version: String(version),
      integrity: String(integrity),
      content: String(content),
    };
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return undefined;
    return { asked: '', package: '', version: '', integrity: '', content: '' }; // one that was tampered with fits nothing
  }
}

/**
 * Why what lies in a folder is not what was installed there; undefined where it is, or where nothing was installed. Every
 * file is read. Whoever may write there may write the receipt, too: this finds accidents, not an attacker with that right.
 */
export async function receiptProblem(folder: string): Promise<string | undefined> {
  const known = await readReceipt(folder);
  if (!known || known.content === (await digestOf(folder))) return undefined;
  const again = known.asked === '' ? 'remove it and add it again' : `dispatch plugin add ${known.asked}`;
  return `its files are not those that were installed (something was changed, added or is missing): install it again, ${again}`;
}

async function digestOf(folder: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const line of linesOf(folder, '')) digest.update(`${line}\n`);
  return `sha256-${digest.digest('base64')}`;
}

/** One line a file: its path, and what it is. */
async function* linesOf(folder: string, below: string): AsyncIterable<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (path === receiptFile) continue;
    if (entry.isDirectory()) yield* linesOf(folder, path);
    else if (entry.isSymbolicLink()) yield JSON.stringify([path, 'link', await readlink(join(folder, path))]);
    else yield JSON.stringify([path, 'file', await fileDigest(join(folder, path))]);
  }
}

async function fileDigest(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) return 'no plain file';
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('base64');
}
