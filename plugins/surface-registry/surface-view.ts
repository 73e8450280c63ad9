import type { ServerMessage } from 'dispatch/wire';
import type { SocketClient } from '../transport-ws/contract.js';
import type { Rendered } from './surface-shelf.js';

/** What one socket was shown of a view. */
interface Viewer {
  /** JSON of the surface it has; undefined until it was shown for the first time. */
  shown: string | undefined;
  /** It does not read as fast as things change: it gets the newest state once it has read. */
  blocked: boolean;
  /** Whether it was told that there is nothing to be seen. */
  told: boolean;
}

/**
 * One surface in one scope, for all sockets that look at it. It is rendered once for all, at most once a tick, never
 * twice at a time; who asked anew gets a `surface`, the others an `update`, and nobody twice the same.
 */
export class SurfaceView {
  private readonly viewers = new Map<SocketClient, Viewer>();
  private scheduled = false;
  private rendering = false;
  private stale = false;

  constructor(
    readonly surfaceId: string,
    /** Echoed as it is; absent when the subscriptions have none. */
    readonly conversationId: string | undefined,
    private readonly render: () => Promise<Rendered>,
  ) {}

  get unused(): boolean {
    return this.viewers.size === 0;
  }

  /** Shows it to a socket, also to one that looks at it already. */
  add(client: SocketClient): void {
    this.viewers.set(client, { shown: undefined, blocked: false, told: false });
    this.changed();
  }

  delete(client: SocketClient): void {
    this.viewers.delete(client);
  }

  /** It may look different now. */
  changed(): void {
    this.stale = true;
    if (this.scheduled || this.rendering) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.refresh();
    });
  }

  private async refresh(): Promise<void> {
    this.rendering = true;
    this.stale = false;
    const asked = [...this.viewers];
    const result = this.unused ? undefined : await this.render().catch((thrown: Error) => thrown);
    this.rendering = false;
    const there = asked.filter(([client, viewer]) => this.viewers.get(client) === viewer);
    if (result instanceof Error) this.fail(there, result.message);
    else if (result) this.show(there, result.json);
    if (this.stale) this.changed();
  }

  private show(viewers: readonly [SocketClient, Viewer][], json: string): void {
    const of = this.conversationId === undefined ? '' : `,"conversationId":${JSON.stringify(this.conversationId)}`;
    const id = JSON.stringify(this.surfaceId);
    let surface: Buffer | undefined;
    let update: Buffer | undefined;
    for (const [client, viewer] of viewers) {
      if (viewer.blocked || viewer.shown === json) continue;
      if (viewer.shown === undefined) surface ??= Buffer.from(`{"type":"surface","spec":${json}${of}}`);
      else update ??= Buffer.from(`{"type":"update","update":{"surfaceId":${id},"spec":${json}${of}}}`);
      const message = (viewer.shown === undefined ? surface : update) as Buffer;
      viewer.shown = json;
      viewer.blocked = !client.sendPrepared([message], () => {
        viewer.blocked = false;
        this.changed();
      });
    }
  }

  /** Who waits for the first sight is told, once; the others keep what they have. */
  private fail(viewers: readonly [SocketClient, Viewer][], message: string): void {
    const error: ServerMessage = { type: 'error', surfaceId: this.surfaceId, message };
    for (const [client, viewer] of viewers) {
      if (viewer.shown !== undefined || viewer.told) continue;
      viewer.told = true;
      client.send(error);
    }
  }
}
