import { inject, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { Content, type Route, type RouteGroup, RouteList, Routes, route } from '../transport-http/contract.js';
import { openApiDocument } from './openapi-document.js';

const answer = z
  .looseObject({ openapi: z.literal('3.1.0'), info: z.looseObject({ title: z.string() }), paths: z.record(z.string(), z.unknown()) })
  .meta({ id: 'OpenApiDocument' });

/** `GET /openapi.json`: every route that is served just now, described by the schemas it checks requests with. */
@plugin({ id: 'openapi', version: '0.1.0', provides: Routes })
export class OpenApiRoutes implements RouteGroup {
  readonly routes: readonly Route[];
  private made: { from: readonly Route[]; text: string } | undefined;

  constructor(@inject(RouteList) private readonly list: RouteList) {
    this.routes = [
      route({
        method: 'GET',
        path: '/openapi.json',
        summary: 'This document: every route, as OpenAPI 3.1',
        answer,
        handle: () => new Content('application/json; charset=utf-8', this.text(), { 'Cache-Control': 'no-cache' }),
      }),
    ];
  }

  /** Made anew when plugins came or went. */
  private text(): string {
    const from = this.list.served();
    if (this.made?.from !== from) this.made = { from, text: JSON.stringify(openApiDocument(from)) };
    return this.made.text;
  }
}
