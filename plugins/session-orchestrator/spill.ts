import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cutMiddle } from './long-result.js';

/** Keeps long tool results whole in files, so that a model is shown a cut one and can read on. */
export class Spill {
  constructor(
    private readonly dataDir: string,
    private readonly limit: number,
  ) {}

  /** Where the results of a conversation go; ids are free text, so the folder is named after a digest. */
  folder(conversationId: string): string {
    return join(this.dataDir, 'tool-results', digest(conversationId));
  }

  async shorten(conversationId: string, turnId: string, toolCallId: string, content: string): Promise<string> {
    if (content.length <= this.limit) return content;
    const folder = this.folder(conversationId);
    const file = join(folder, `${digest(`${turnId} ${toolCallId}`)}.txt`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(file, content, { mode: 0o600 });
    } catch (thrown) {
      return cutMiddle(content, this.limit, `The whole result could not be kept: ${(thrown as Error).message}`);
    }
    return cutMiddle(content, this.limit, `The whole result is in ${file}; read_file reads it`);
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24);
