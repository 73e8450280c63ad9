import { type EventListener, EventListeners, inject, Logger, messageOf, plugin, tell } from 'dispatch/kernel';
import type { PluginStatus } from 'dispatch/wire';
import { type SocketClient, type SocketHandler, SocketHandlers } from '../transport-ws/contract.js';
import { PluginControl } from './contract.js';

/** Tells every socket, and every plugin that looks on, which plugins come, go and change: `plugin.changed`. */
@plugin({ id: 'plugin-manager-news', version: '0.1.0', provides: SocketHandlers })
export class PluginNews implements SocketHandler {
  readonly messages = [];
  private readonly clients = new Set<SocketClient>();
  private ignore: () => void = () => undefined;

  constructor(
    @inject(PluginControl) private readonly control: PluginControl,
    @inject(EventListeners) private readonly listeners: readonly EventListener[],
    @inject(Logger) private readonly logger: Logger,
  ) {}

  start(): void {
    this.ignore = this.control.onChange((changed) => this.tell(changed));
  }

  stop(): void {
    this.ignore();
  }

  connected(client: SocketClient): void {
    this.clients.add(client);
    client.onClose(() => this.clients.delete(client));
  }

  private tell(changed: PluginStatus): void {
    const event = { type: 'plugin.changed', plugin: changed } as const;
    const prepared = [Buffer.from(JSON.stringify(event))];
    for (const client of this.clients) client.sendPrepared(prepared, () => undefined);
    tell(this.listeners, event, (thrown) => this.logger.error(`an event listener failed: ${messageOf(thrown)}`));
  }
}
