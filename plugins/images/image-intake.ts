import { Config, inject, plugin } from 'dispatch/kernel';
import type { ChatImage } from 'dispatch/wire';
import { type ImageKeeper, ImageKeepers, TurnRefused } from '../session-orchestrator/contract.js';
import { bytesOf, weightOf } from './data-url.js';
import { ImageFiles } from './image-files.js';
import { type ImageKind, imageKind, imageTypes } from './image-kind.js';
import { imageReference } from './image-name.js';

/** A picture of a request, looked at and found good. */
type Checked = { url: string; mimeType?: string } | { bytes: Buffer; kind: ImageKind };

/** Takes the pictures of a message: all are looked at before the first is kept. The log then only names them. */
@plugin({ id: 'images-intake', version: '0.1.0', provides: ImageKeepers })
export class ImageIntake implements ImageKeeper {
  private readonly maxBytes: number;

  constructor(
    @inject(ImageFiles) private readonly files: ImageFiles,
    @inject(Config) config: Config,
  ) {
    this.maxBytes = (config.value('images.maxBytes') as number | undefined) ?? 10 * 1024 * 1024;
  }

  async keep(images: readonly ChatImage[]): Promise<readonly ChatImage[]> {
    const checked = images.map((image, i) => this.check(image, `image ${i + 1}`));
    const kept: ChatImage[] = [];
    for (const each of checked) {
      if ('url' in each) kept.push(each);
      else kept.push({ url: imageReference(await this.files.keep(each.bytes, each.kind)), mimeType: imageTypes[each.kind] });
    }
    return kept;
  }

  /** An address of another host is handed to the provider as it is: this server never fetches it. */
  private check({ url, mimeType }: ChatImage, which: string): Checked {
    if (!url.startsWith('data:')) return remote(url, mimeType, which);
    const { maxBytes } = this;
    const tooLarge = () => new TurnRefused('bad_image', `${which} is larger than ${megabytes(maxBytes)}: send a smaller one`);
    if (weightOf(url) > maxBytes + 1_000) throw tooLarge();
    const bytes = bytesOf(url);
    if (!bytes) throw new TurnRefused('bad_image', `${which} is no data: address in base64: write data:image/png;base64,… with its bytes`);
    if (bytes.length > maxBytes) throw tooLarge();
    const kind = imageKind(bytes);
    if (!kind) throw new TurnRefused('bad_image', `${which} is no PNG, JPEG, WebP or GIF by its bytes: send one of these`);
    return { bytes, kind };
  }
}

function remote(url: string, mimeType: string | undefined, which: string): Checked {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new TurnRefused('bad_image', `${which} has no usable address: give https://host/path or data:image/…;base64,…`);
  if (parsed.username !== '' || parsed.password !== '')
    throw new TurnRefused('bad_image', `${which} has an address with a user or a password in it: leave these out`);
  if (url.length > 8_192) throw new TurnRefused('bad_image', `${which} has an address of more than 8,192 characters: give a shorter one`);
  return { url, ...(mimeType !== undefined && { mimeType }) };
}

const megabytes = (bytes: number): string => (bytes >= 1024 * 1024 ? `${Math.floor(bytes / 104_857.6) / 10} MiB` : `${bytes} bytes`);
