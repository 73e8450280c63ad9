import { Config, inject, plugin } from 'dispatch/kernel';
import type { HistoryAnswer, StoredChunk } from 'dispatch/wire';
import { type HistoryReader, HistoryReaders } from '../conversation-store/contract.js';
import { dataUrl } from './data-url.js';
import { ImageFiles } from './image-files.js';
import { isKept, keptName, typeOfName } from './image-name.js';

/** Bytes of pictures that one answer carries; beyond that it gives addresses on this server. */
const most = 24 * 1024 * 1024;

/** Shows clients the pictures that the log only names: as `data:` addresses, the way they were sent. */
@plugin({ id: 'images-history', version: '0.1.0', provides: HistoryReaders })
export class ImageHistory implements HistoryReader {
  private readonly secure: boolean;

  constructor(
    @inject(ImageFiles) private readonly files: ImageFiles,
    @inject(Config) config: Config,
  ) {
    this.secure = config.value('access.https') === true;
  }

  shown(answer: HistoryAnswer, host: string): HistoryAnswer | Promise<HistoryAnswer> {
    return answer.chunks.some(({ chunk }) => isKept(chunk)) ? this.opened(answer, host) : answer;
  }

  /** The newest first: they are what most likely is looked at. */
  private async opened(answer: HistoryAnswer, host: string): Promise<HistoryAnswer> {
    const chunks = [...answer.chunks];
    let left = most;
    for (let i = chunks.length - 1; i >= 0; i--) {
      const stored = chunks[i] as StoredChunk;
      const name = keptName(stored.chunk);
      if (name === undefined) continue;
      const bytes = left > 0 ? await this.files.read(name) : undefined;
      const fits = bytes && bytes.length <= left;
      if (fits) left -= bytes.length;
      const url = fits ? dataUrl(typeOfName(name), bytes) : `${this.secure ? 'https' : 'http'}://${host}/images/${name}`;
      chunks[i] = { ...stored, chunk: { type: 'image', url, mimeType: typeOfName(name) } };
    }
    return { ...answer, chunks };
  }
}
