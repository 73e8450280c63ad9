import type { IncomingMessage } from 'node:http';
import { inject, plugin } from 'dispatch/kernel';
import { type SocketClient, type SocketHandler, SocketHandlers } from '../transport-ws/contract.js';
import { Gate, type TokenGate } from './gate.js';

/** Sends sockets away when what they were let in with is taken back. */
@plugin({ id: 'access-sockets', version: '0.1.0', provides: SocketHandlers })
export class AccessSockets implements SocketHandler {
  readonly messages = [];

  constructor(@inject(Gate) private readonly gate: TokenGate) {}

  connected(client: SocketClient, request: IncomingMessage): void {
    this.gate.admitted.closeBy(request.socket, () => client.close(1008, 'the token was replaced: connect again with the new one'));
  }
}
