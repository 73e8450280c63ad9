// Sockets that watch conversations. Like client.mjs they only note when each piece came, and read it afterwards.
import { now } from './clock.mjs';
import { frameReader, openSocket, textFrame } from './frames.mjs';

const last = '"turn-sealed"';

/** One socket: `watch` and `send` speak the client contract; `pieces` is all that came. */
export async function openWatcher(url) {
  const socket = await openSocket(`${url}/ws`);
  const watcher = {
    socket,
    pieces: [],
    watch: (conversationId) => say({ type: 'chat.subscribe', conversationId }),
    send: (conversationId, message) => say({ type: 'chat.send', conversationId, message }),
    /** Resolves when the turn that is watched is over, or the socket is. */
    over: undefined,
    close: () => socket.destroy(),
  };
  const say = (message) => socket.write(textFrame(JSON.stringify(message), true));
  let rest = Buffer.alloc(0);
  watcher.over = new Promise((resolve) => {
    socket.on('data', (data) => {
      watcher.pieces.push({ at: now(), data });
      if (data.includes(last) || Buffer.concat([rest, data.subarray(0, last.length)]).includes(last)) resolve();
      rest = data.subarray(-last.length);
    });
    socket.on('error', () => undefined).on('close', resolve);
  });
  return watcher;
}

/**
 * What a watcher was shown: the delays of the deltas (they carry their number and the time they were written), how many
 * events they came in, whether the turn was whole, and the code the socket was closed with.
 */
export function readPieces(pieces, tokens) {
  const seen = { delays: [], events: 0, numbers: 0, whole: false, sealed: false, code: undefined };
  let at = 0;
  const read = frameReader((opcode, payload) => {
    if (opcode === 8) seen.code = payload.readUInt16BE(0);
    if (opcode !== 1) return;
    const message = JSON.parse(payload.toString('latin1')); // the bench's own answers are ASCII
    const { event } = message;
    if (event?.type === 'turn-sealed') seen.sealed = true;
    if (event?.type !== 'text-delta') return;
    seen.events++;
    for (const [, number, written] of event.delta.matchAll(/(\d+)@([\d.]+) /g)) {
      if (Number(number) !== seen.numbers++) throw new Error(`delta ${number} came where ${seen.numbers - 1} should have`);
      seen.delays.push(at - Number(written));
    }
  });
  for (const piece of pieces) {
    at = piece.at;
    read(piece.data);
  }
  seen.whole = seen.sealed && seen.numbers === tokens;
  return seen;
}
