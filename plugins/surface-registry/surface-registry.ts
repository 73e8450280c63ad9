import { Clock, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { MembersOf } from 'dispatch/wire';
import * as z from 'zod';
import { wire } from '../transport-http/contract.js';
import { type SocketClient, type SocketHandler, SocketHandlers, type SocketMessage, socketMessage } from '../transport-ws/contract.js';
import { type SurfaceGroup, SurfaceGroups, type SurfaceProvider, Surfaces, SurfaceUpdates } from './contract.js';
import { SurfaceShelf } from './surface-shelf.js';
import { SurfaceViews } from './surface-views.js';

/** How often it is seen whether surfaces came or went, while anybody looks. */
const catalogMs = 1_000;

const surfaceId = z.string().min(1).max(200);
const scope = { surfaceId, conversationId: z.string().min(1).max(200).optional() };
const looked = wire<MembersOf<'subscribe'> & MembersOf<'unsubscribe'>>('SurfaceSubscribe')(z.object(scope));
const invocation = wire<MembersOf<'invoke'>>('SurfaceInvoke')(
  z.object({ ...scope, actionId: z.string().min(1).max(200), payload: z.unknown().optional() }),
);

/** Surfaces over sockets: the catalog, subscriptions and actions. */
@plugin({ id: 'surface-registry', version: '0.1.0', provides: [SurfaceUpdates, SocketHandlers] })
export class SurfaceRegistry implements SurfaceUpdates, SocketHandler {
  readonly messages: readonly SocketMessage[] = [
    socketMessage({
      type: 'subscribe',
      schema: looked,
      handle: (message, client) => {
        this.shelf.scope(message.surfaceId); // throws when there is no such surface
        this.views.subscribe(client, message.surfaceId, message.conversationId);
      },
    }),
    socketMessage({
      type: 'unsubscribe',
      schema: looked,
      handle: (message, client) => this.views.unsubscribe(client, message.surfaceId, message.conversationId),
    }),
    socketMessage({
      type: 'invoke',
      schema: invocation,
      handle: (message) => this.invoke(message),
    }),
  ];
  private readonly shelf: SurfaceShelf;
  private readonly views: SurfaceViews;
  private readonly clients = new Set<SocketClient>();
  private readonly stopped = new AbortController();
  /** The catalog message as it was last sent. */
  private catalog = Buffer.alloc(0);
  private looking = false;

  constructor(
    @inject(Surfaces) surfaces: readonly SurfaceProvider[],
    @inject(SurfaceGroups) groups: readonly SurfaceGroup[],
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) logger: Logger,
  ) {
    this.shelf = new SurfaceShelf(surfaces, groups, (what, thrown) => logger.error(`${what}: ${messageOf(thrown)}`));
    this.views = new SurfaceViews((id, conversationId) => this.shelf.render(id, conversationId));
  }

  connected(client: SocketClient): void {
    this.look();
    this.clients.add(client);
    client.onClose(() => this.clients.delete(client));
    client.sendPrepared([this.catalog], () => undefined);
    if (!this.looking) void this.keepLooking();
  }

  changed(surfaceId: string, conversationId?: string): void {
    this.views.changed(surfaceId, conversationId);
  }

  stop(): void {
    this.stopped.abort();
  }

  private async invoke(message: { surfaceId: string; actionId: string; payload?: unknown; conversationId?: string }): Promise<void> {
    const { surfaceId, actionId, payload, conversationId } = message;
    await this.shelf.act(surfaceId, actionId, payload, conversationId);
    this.changed(surfaceId, this.shelf.scope(surfaceId) === 'global' ? undefined : conversationId);
  }

  /** The list of surfaces is live and says nothing when it changes: it is looked at now and then. */
  private async keepLooking(): Promise<void> {
    this.looking = true;
    while (this.clients.size > 0 && !this.stopped.signal.aborted) {
      await this.clock.sleep(catalogMs, this.stopped.signal);
      this.look();
    }
    this.looking = false;
  }

  /** Tells everybody when surfaces came or went; one that came back is shown anew. */
  private look(): void {
    const catalog = Buffer.from(JSON.stringify({ type: 'catalog', catalog: this.shelf.catalog() }));
    if (catalog.equals(this.catalog)) return;
    this.catalog = catalog;
    for (const client of this.clients) client.sendPrepared([catalog], () => undefined);
    this.views.changed();
  }
}
