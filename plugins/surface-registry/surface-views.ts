import { MessageRefused, type SocketClient } from '../transport-ws/contract.js';
import type { Rendered } from './surface-shelf.js';
import { SurfaceView } from './surface-view.js';

/** Surfaces that one socket may look at, each in each of its conversations. */
const mostWatched = 1_000;

/** Who looks at what. A socket that closes is forgotten, and so is what nobody looks at. */
export class SurfaceViews {
  /** By surface, then by conversation. */
  private readonly views = new Map<string, Map<string | undefined, SurfaceView>>();
  private readonly watched = new Map<SocketClient, Set<SurfaceView>>();

  constructor(private readonly render: (surfaceId: string, conversationId?: string) => Promise<Rendered>) {}

  /** Throws `MessageRefused` when this socket has too many. */
  subscribe(client: SocketClient, surfaceId: string, conversationId?: string): void {
    const mine = this.of(client);
    const known = this.views.get(surfaceId)?.get(conversationId);
    if (mine.size >= mostWatched && !(known && mine.has(known)))
      throw new MessageRefused(`this socket looks at ${mostWatched} surfaces, which is the most: unsubscribe from some`);
    const view = known ?? this.make(surfaceId, conversationId);
    mine.add(view);
    view.add(client);
  }

  unsubscribe(client: SocketClient, surfaceId: string, conversationId?: string): void {
    const view = this.views.get(surfaceId)?.get(conversationId);
    if (view && this.watched.get(client)?.delete(view)) this.leave(view, client);
  }

  /** What these ids name may look different now; without a conversation: in all of them, without a surface: all. */
  changed(surfaceId?: string, conversationId?: string): void {
    const surfaces = surfaceId === undefined ? [...this.views.values()] : [this.views.get(surfaceId)];
    for (const views of surfaces) {
      if (conversationId !== undefined) views?.get(conversationId)?.changed();
      else for (const view of views?.values() ?? []) view.changed();
    }
  }

  private make(surfaceId: string, conversationId?: string): SurfaceView {
    const view = new SurfaceView(surfaceId, conversationId, () => this.render(surfaceId, conversationId));
    const views = this.views.get(surfaceId) ?? new Map<string | undefined, SurfaceView>();
    this.views.set(surfaceId, views.set(conversationId, view));
    return view;
  }

  private of(client: SocketClient): Set<SurfaceView> {
    let mine = this.watched.get(client);
    if (!mine) {
      mine = new Set();
      this.watched.set(client, mine);
      client.onClose(() => this.forget(client));
    }
    return mine;
  }

  private forget(client: SocketClient): void {
    for (const view of this.watched.get(client) ?? []) this.leave(view, client);
    this.watched.delete(client);
  }

  private leave(view: SurfaceView, client: SocketClient): void {
    view.delete(client);
    const views = this.views.get(view.surfaceId);
    if (!view.unused || !views) return;
    views.delete(view.conversationId);
    if (views.size === 0) this.views.delete(view.surfaceId);
  }
}
