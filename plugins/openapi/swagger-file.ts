import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf } from 'dispatch/kernel';
import { HttpError } from '../transport-http/contract.js';

/**
 * A file of the page's library, found and read when it is asked for. Throws 500 with what to do when it is not installed.
 * @param from the module that the package is looked for from
 */
export async function swaggerFile(name: 'swagger-ui.css' | 'swagger-ui-bundle.js', from: string = import.meta.url): Promise<Uint8Array> {
  try {
    const require = createRequire(from);
    return await readFile(join(dirname(require.resolve('swagger-ui-dist/package.json')), name));
  } catch (thrown) {
    const why = (thrown as NodeJS.ErrnoException).code ?? messageOf(thrown);
    throw new HttpError(500, `the package "swagger-ui-dist" is not installed whole (${why}): run npm install where the server is`, {
      code: 'missing_package',
    });
  }
}
