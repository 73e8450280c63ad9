import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;

beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  // What a deaf client costs must fit into this heap beside the turn itself, or the server dies.
  server = await RealServer.start({ providerUrl: provider.baseUrl, env: { NODE_OPTIONS: '--max-old-space-size=256' } });
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

/** Sends `POST /chat` and never reads a byte of the answer. */
function deafClient(conversationId: string) {
  const body = JSON.stringify({ conversationId, message: 'a lot, please' });
  const socket = connect(server.port, '127.0.0.1').pause();
  socket.on('error', () => undefined);
  socket.write(
    `POST /chat HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

async function sealed(conversationId: string): Promise<void> {
  for (;;) {
    const status = await fetch(`${server.url}/conversations/${conversationId}/status`);
    if (status.status === 200 && !((await status.json()) as { isActive: boolean }).isActive) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a client that stops reading holds up neither its turn nor anybody else, and memory stays bounded', async () => {
  const long = Array.from({ length: 40_000 }, (_, i) => `${i} ${'x'.repeat(480)} `);
  provider.script = (seen) => (JSON.stringify(seen.body.messages.at(-1)).includes('a lot') ? { text: long } : { text: ['hi'] });
  for (const round of [1, 2, 3]) {
    const deaf = deafClient(`deaf-${round}`);
    const other = await server.chat({ conversationId: `other-${round}`, message: 'hi' });
    expect(other.at(-1)?.type).toBe('turn-sealed');
    await sealed(`deaf-${round}`);
    const { chunks } = await server.history(`deaf-${round}`);
    expect(chunks[1]?.chunk).toEqual({ type: 'text', text: long.join('') });
    deaf.destroy();
  }
});
