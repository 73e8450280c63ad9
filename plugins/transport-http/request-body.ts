import type { IncomingMessage } from 'node:http';
import { HttpError } from './contract.js';
import { parseJsonBody } from './json-body.js';
import type { BodyLimits } from './limits.js';

/** Whether a request brings a body; one of length 0 is none. */
export const hasBody = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Throws 415 unless a body of these headers is plain JSON in UTF-8. */
export function checkMediaType(headers: IncomingMessage['headers']): void {
  const [type, ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((each) => each.startsWith('charset='))?.slice('charset='.length);
  if (type !== 'application/json' || (charset !== undefined && !/^"?utf-?8"?$/.test(charset)))
    throw new HttpError(415, 'the body must be JSON: send it with Content-Type: application/json');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new HttpError(415, `the body is encoded as "${encoding.slice(0, 40)}": send it as it is`);
}

/** The value of a request's JSON body; undefined when it has none. What is too large is refused without being kept. */
export async function jsonBody(request: IncomingMessage, { bytes: limit, depth }: BodyLimits): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  checkMediaType(request.headers);
  const tooLarge = () =>
    new HttpError(413, `the body is larger than ${limit} bytes: send less, or raise http.bodyLimit`, {
      code: 'too_large',
    });
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const bytes = await collect(request, limit, tooLarge);
  return bytes.length === 0 ? undefined : parseJsonBody(bytes, depth);
}

function collect(request: IncomingMessage, limit: number, tooLarge: () => Error): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const whole = () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, size));
    const take = (part: Buffer) => {
      size += part.length;
      if (size <= limit) {
        parts.push(part);
        if (size >= length) whole(); // its end is told a while later
        return;
      }
      request.off('data', take);
      request.resume();
      reject(tooLarge());
    };
    const gone = () => reject(new HttpError(400, 'the body ended before it was whole', { code: 'bad_json' }));
    request.on('data', take);
    request.once('end', whole);
    request.once('error', gone);
    request.once('aborted', gone);
  });
}
