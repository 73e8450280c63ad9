import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows the connections of a server, and which of them still wait for an answer. */
export class Connections {
  private readonly sockets = new Set<Socket>();
  private readonly answers = new Set<ServerResponse>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('request', (_request, answer: ServerResponse) => {
      this.answers.add(answer);
      answer.once('close', () => this.answers.delete(answer));
    });
  }

  /** Takes no new connections, cuts those that wait for nothing, lets answers end for up to `graceMs`, cuts the rest. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const idle = setInterval(() => this.cutIdle(), 10);
      const all = setTimeout(() => this.cut(this.sockets), graceMs);
      this.server.close(() => {
        clearInterval(idle);
        clearTimeout(all);
        resolve();
      });
      this.cutIdle();
    });
  }

  private cutIdle(): void {
    const busy = new Set([...this.answers].map((answer) => answer.req.socket));
    this.cut([...this.sockets].filter((socket) => !busy.has(socket)));
  }

  private cut(sockets: Iterable<Socket>): void {
    for (const socket of sockets) socket.destroy();
  }
}
