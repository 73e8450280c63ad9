import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  key?: string;
  body: Record<string, unknown>;
}

/** A web service on loopback that answers as a test says, and remembers what it was asked. */
export class FakeService {
  readonly asked: Asked[] = [];
  answer: (asked: Asked, response: ServerResponse) => unknown = () => ({ success: true });
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async listen(): Promise<FakeService> {
    const service = new FakeService();
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** An answer of undefined means that the test has answered by itself, or will not. */
  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += piece;
    const asked: Asked = {
      method: request.method as string,
      path: request.url as string,
      key: request.headers.authorization,
      body: text === '' ? {} : JSON.parse(text),
    };
    this.asked.push(asked);
    const answer = this.answer(asked, response);
    if (answer !== undefined) response.writeHead(response.statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }
}
