import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { messageOf } from 'dispatch/kernel';
import { StorageError } from './contract.js';

/** Makes a folder that only this user may look into, or says why there cannot be one. */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw new StorageError(
      'read-only',
      `the folder ${path} cannot be used for data (${messageOf(thrown)}): make it writable for the user of this server (uid ${process.getuid?.() ?? 'unknown'}), or name another with DISPATCH_DATA_DIR`,
      { cause: thrown },
    );
  }
}
