import type { WorkingFiles } from '../working-directory/contract.js';
import type { Document } from './documents.js';
import { readDocument, stampNow } from './read-document.js';
import type { Session } from './session.js';

/**
 * Makes a server see a file as it was just read, and whatever of its other open files was changed since: by a command,
 * an editor, another server. What is gone, or may not be read any more, is closed.
 */
export async function seeFiles(session: Session, document: Document, files: WorkingFiles, cwd: string): Promise<void> {
  const { documents } = session;
  await Promise.all(
    documents.all().map(async ({ path, stamp }) => {
      if (path === document.path || (await stampNow(path)) === stamp) return;
      const now = await readDocument(files, path, { cwd }).catch(() => undefined);
      if (now) documents.refresh(now);
      else documents.close(path);
    }),
  );
  documents.show(document);
}
