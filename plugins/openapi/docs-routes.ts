import { plugin } from 'dispatch/kernel';
import { Content, type Route, type RouteGroup, Routes, route } from '../transport-http/contract.js';
import { docsPage, docsScript, docsStyle, pagePolicy } from './docs-page.js';
import { swaggerFile } from './swagger-file.js';

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';
/** Asked again each time whether it is still the same: another version of the server may have other files. */
const kept = { 'Cache-Control': 'no-cache' };

/** `GET /docs`: a page that shows `/openapi.json` and lets one try it. Everything it loads comes from this server. */
@plugin({ id: 'openapi-docs', version: '0.1.0', provides: Routes })
export class DocsRoutes implements RouteGroup {
  readonly routes: readonly Route[] = [
    route({
      method: 'GET',
      path: '/docs',
      summary: 'A page to read and try all routes',
      media: 'text/html',
      handle: () => new Content('text/html; charset=utf-8', docsPage, { 'Content-Security-Policy': pagePolicy, ...kept }),
    }),
    route({
      method: 'GET',
      path: '/docs/start.js',
      summary: 'What starts the page',
      media: 'text/javascript',
      handle: () => new Content(script, docsScript, kept),
    }),
    route({
      method: 'GET',
      path: '/docs/page.css',
      summary: 'The colours of the page',
      media: 'text/css',
      handle: () => new Content(style, docsStyle, kept),
    }),
    route({
      method: 'GET',
      path: '/docs/swagger-ui.css',
      summary: 'How the page looks',
      media: 'text/css',
      errors: [500],
      handle: async () => new Content(style, await swaggerFile('swagger-ui.css'), kept),
    }),
    route({
      method: 'GET',
      path: '/docs/swagger-ui-bundle.js',
      summary: 'What shows the document',
      media: 'text/javascript',
      errors: [500],
      handle: async () => new Content(script, await swaggerFile('swagger-ui-bundle.js'), kept),
    }),
  ];
}
