import { inject, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { Content, HttpError, type Route, type RouteGroup, Routes, route } from '../transport-http/contract.js';
import { ImageFiles } from './image-files.js';
import { imageName, typeOfName } from './image-name.js';

const params = z.object({ name: z.string().regex(imageName, 'must be the name of a kept picture, as a history gives it') });

/** Kept pictures, for clients whose history had too many of them to carry. */
@plugin({ id: 'images-routes', version: '0.1.0', provides: Routes })
export class ImagesController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(ImageFiles) files: ImageFiles) {
    this.routes = [
      route({
        method: 'GET',
        path: '/images/:name',
        summary: 'A picture of a message, where the history gives its address',
        params,
        media: 'image/*',
        errors: [404],
        handle: async ({ params: { name } }) => {
          const bytes = await files.read(name);
          if (!bytes) throw new HttpError(404, `the picture ${name} is not kept here, or not any more`);
          return new Content(typeOfName(name), bytes, { 'Cache-Control': 'private, max-age=31536000, immutable' });
        },
      }),
    ];
  }
}
