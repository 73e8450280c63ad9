import { open, stat } from 'node:fs/promises';
import { type Clock, messageOf } from 'dispatch/kernel';
import { diskError, systemCode } from './disk-error.js';
import { RawFile } from './raw-file.js';
import { applicationId, formatVersion } from './schema-keeper.js';

export type Finding =
  | { is: 'new' }
  /** `whole`: false when the check was cut short. */
  | { is: 'sound'; whole: boolean }
  | { is: 'damaged' | 'foreign' | 'newer'; why: string };

const header = Buffer.from('SQLite format 3\0');

/** How long the check may hold up the start; a file of more than some MiB is checked whole once the server runs. */
const patienceMs = 25;

/** Looks a database file over before anything relies on it. `thorough`: checks it whole, however long it takes. */
export async function inspectFile(file: string, clock: Clock, thorough: boolean): Promise<Finding> {
  const size = await sizeOf(file);
  if (size === 0) {
    if ((await sizeOf(`${file}-wal`)) > 0) return { is: 'damaged', why: 'the file is missing or empty, its log is not' };
    return { is: 'new' };
  }
  if (!(await startsRight(file))) return { is: 'damaged', why: 'it is no SQLite database' };
  try {
    const raw = await openEither(file);
    try {
      return await lookInside(raw, clock, thorough);
    } finally {
      await raw.close();
    }
  } catch (thrown) {
    const error = diskError(thrown, file);
    if (error?.code === 'corrupt') return { is: 'damaged', why: messageOf(thrown) };
    throw error ?? thrown;
  }
}

async function lookInside(raw: RawFile, clock: Clock, thorough: boolean): Promise<Finding> {
  const tables = await raw.all(`SELECT name FROM sqlite_master WHERE type = 'table'`);
  const [id] = await raw.all('PRAGMA application_id');
  const [version] = await raw.all('PRAGMA user_version');
  const ours = id?.application_id === applicationId || tables.some(({ name }) => name === 'migrations');
  if (tables.length > 0 && !ours) return { is: 'foreign', why: 'its tables belong to another program' };
  if (Number(version?.user_version) > formatVersion)
    return { is: 'newer', why: `its format is ${version?.user_version}, this server knows ${formatVersion}` };
  const done = new AbortController();
  if (!thorough)
    void clock.sleep(patienceMs, done.signal).then(() => {
      if (!done.signal.aborted) raw.connection.interrupt();
    });
  try {
    const [row] = await raw.all('PRAGMA quick_check(1)');
    const said = String(Object.values(row ?? {})[0]);
    return said === 'ok' ? { is: 'sound', whole: true } : { is: 'damaged', why: said };
  } catch (thrown) {
    if (systemCode(thrown) === 'SQLITE_INTERRUPT') return { is: 'sound', whole: false };
    throw thrown;
  } finally {
    done.abort();
  }
}

/** Checks a whole file on a connection of its own, while it is in use. Answers what is damaged, if anything. */
export async function damageIn(file: string, signal: AbortSignal): Promise<string | undefined> {
  const raw = await RawFile.open(file, 'read');
  const interrupt = () => raw.connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    if (signal.aborted) return undefined;
    const [row] = await raw.all('PRAGMA quick_check(1)');
    const said = String(Object.values(row ?? {})[0]);
    return said === 'ok' ? undefined : said;
  } catch (thrown) {
    if (systemCode(thrown) === 'SQLITE_INTERRUPT') return undefined;
    if (diskError(thrown, file)?.code === 'corrupt') return messageOf(thrown);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', interrupt);
    await raw.close();
  }
}

/** A file that must not be written can still be looked at. */
const openEither = (file: string): Promise<RawFile> =>
  RawFile.open(file, 'write').catch((thrown) => {
    if (diskError(thrown, file)?.code === 'corrupt') throw thrown;
    return RawFile.open(file, 'read');
  });

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function startsRight(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0);
    return bytesRead === header.length && buffer.equals(header);
  } finally {
    await handle.close();
  }
}
