import { StorageError } from './contract.js';

type Code = StorageError['code'];

const codes: Readonly<Record<string, Code>> = {
  SQLITE_FULL: 'full',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  SQLITE_READONLY: 'read-only',
  SQLITE_PERM: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EROFS: 'read-only',
  SQLITE_CORRUPT: 'corrupt',
  SQLITE_NOTADB: 'corrupt',
  SQLITE_BUSY: 'locked',
  SQLITE_LOCKED: 'locked',
  SQLITE_IOERR: 'failed',
  SQLITE_CANTOPEN: 'failed',
  SQLITE_NOMEM: 'failed',
  SQLITE_PROTOCOL: 'failed',
  EIO: 'failed',
};

const sentences: Readonly<Record<Code, (file: string, word: string) => string>> = {
  full: (file) => `the disk is full: ${file} could not take a write; free some space and it goes on by itself`,
  'read-only': (file) => `${file} cannot be written: make it and its folder writable for the user of this server`,
  corrupt: (file) => `${file} is damaged: restart the server, which sets it aside and salvages what can be read`,
  locked: (file) => `${file} is locked by another program: only this server may have it open for writing`,
  failed: (file, word) => `the disk failed (${word}) at ${file}: check the device and its limits`,
};

/** The code under which SQLite or the system reported a failure, if it did. */
export function systemCode(thrown: unknown): string | undefined {
  const { code, driverError } = (thrown ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  const word = driverError?.code ?? code;
  return typeof word === 'string' ? word : undefined;
}

/** What the disk refused, in words; undefined when it was not the disk (a broken constraint, a slip in the SQL, …). */
export function diskError(thrown: unknown, file: string): StorageError | undefined {
  if (thrown instanceof StorageError) return thrown;
  const word = systemCode(thrown);
  const code = word === undefined ? undefined : codes[word];
  return code && word ? new StorageError(code, sentences[code](file, word), { cause: thrown }) : undefined;
}
