// As much of WebSocket (RFC 6455) as the bench needs: text frames, both ways, on both sides. No extensions.
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const accept = (key) => createHash('sha1').update(`${key}${magic}`).digest('base64');

/** One text frame; clients mask theirs, here with zeros. */
export function textFrame(text, masked = false) {
  const payload = Buffer.from(text);
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extra + (masked ? 4 : 0));
  head[0] = 0x81;
  head[1] = (masked ? 0x80 : 0) | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) head.writeUInt16BE(length, 2);
  if (extra === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/** Takes bytes as they come; `take(opcode, payload)` gets each whole frame. Nobody here sends a message in fragments. */
export function frameReader(take) {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = rest.length > 0 ? Buffer.concat([rest, data]) : data;
    for (;;) {
      if (rest.length < 2) return;
      const masked = (rest[1] & 0x80) !== 0;
      const short = rest[1] & 0x7f;
      const head = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
      if (rest.length < head) return;
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
      const from = head + (masked ? 4 : 0);
      if (rest.length < from + length) return;
      const payload = masked ? unmasked(rest, head, from, length) : rest.subarray(from, from + length);
      const opcode = rest[0] & 0x0f;
      rest = rest.subarray(from + length);
      take(opcode, payload);
    }
  };
}

function unmasked(bytes, at, from, length) {
  const payload = Buffer.from(bytes.subarray(from, from + length));
  for (let i = 0; i < length; i++) payload[i] ^= bytes[at + (i & 3)];
  return payload;
}

/** Opens a socket as a client; the answer is the connection, which has not been read from yet. */
export function openSocket(url) {
  const key = randomBytes(16).toString('base64');
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key };
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, headers });
    asked.on('upgrade', (_, socket, head) => {
      socket.setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    asked.on('response', ({ statusCode }) => reject(new Error(`the upgrade of ${url} was answered ${statusCode}`)));
    asked.on('error', reject).end();
  });
}

/** The same as a server: `take(text)` gets each text frame. */
export function acceptSocket({ headers }, socket, take) {
  const accepted = `Sec-WebSocket-Accept: ${accept(headers['sec-websocket-key'])}`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${accepted}\r\n\r\n`);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    frameReader((opcode, payload) => opcode === 1 && take(payload.toString())),
  );
}
