import { MessageRefused, type SocketClient, type SocketHandler, SocketHandlers, socketMessage, z } from 'dispatch/contracts';
import { plugin } from 'dispatch/kernel';

/** `here:say { name }` over the WebSocket: everybody who has said a name is told who is here. */
@plugin({ id: 'who-is-here', version: '1.0.0', engine: '^0.1.0', provides: SocketHandlers })
export default class WhoIsHere implements SocketHandler {
  private readonly names = new Map<SocketClient, string>();
  readonly messages = [
    socketMessage({
      type: 'here:say',
      schema: z.object({ name: z.string().min(1).max(40) }),
      handle: ({ name }, client) => {
        if ([...this.names.values()].includes(name)) throw new MessageRefused(`"${name}" is here already: choose another name`);
        if (!this.names.has(client)) client.onClose(() => this.leave(client));
        this.names.set(client, name);
        this.tellAll();
      },
    }),
  ];

  private leave(client: SocketClient): void {
    this.names.delete(client);
    this.tellAll();
  }

  private tellAll(): void {
    const names = [...this.names.values()].sort();
    for (const client of this.names.keys()) client.send({ type: 'here:list', names });
  }
}
