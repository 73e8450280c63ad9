import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import fc from 'fast-check';
import { AnswerReader } from './answer-reader.js';
import { frame, lastFrame, type ScriptedProvider, sse } from './scripted-provider.fixture.js';
import { bench, key } from './test-provider.fixture.js';
import { inPieces, readTrace, recorder, replay, traces } from './trace-replay.fixture.js';

/** What the steps against this server are told as. */
async function told(server: ScriptedProvider): Promise<StepPart[]> {
  const at = await bench(() => {});
  try {
    at.credential.baseURL = server.baseURL;
    return await at.parts();
  } finally {
    await at.close();
    await server.close();
  }
}

describe.each(traces())('V05: what %s sends', (_, trace) => {
  test('V05: is understood as it comes, and byte by byte', async () => {
    for (const size of [1_000_000, 1]) expect(await told(await replay(trace, (bytes) => inPieces(bytes, [size])))).toEqual(trace.parts);
  });

  test('V05: is understood in any pieces', () => {
    const bytes = Buffer.from(trace.exchanges[0]?.answer.body ?? '');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const reader = new AnswerReader('test');
        const parts: StepPart[] = [{ type: 'open' }];
        for (const piece of inPieces(bytes, sizes)) parts.push(...reader.take(piece));
        parts.push(...reader.end(), ...reader.last());
        expect([parts, reader.failure]).toEqual([trace.parts, undefined]);
      }),
    );
  });
});

test('an exchange is recorded without keys, and told the same when it is served back', async () => {
  const answer = [frame({ content: `your key is ${key}` }), frame({}, 'stop'), lastFrame];
  const at = await bench((response) => sse(response, ...answer));
  const folder = mkdtempSync(join(tmpdir(), 'dispatch-replay-'));
  const file = join(folder, 'trace.json');
  try {
    const between = await recorder(at.server.baseURL, [key]);
    at.credential.baseURL = between.baseURL;
    const parts = await at.parts({ messages: [{ role: 'user', chunks: [{ type: 'text', text: `mine is ${key}` }] }] });
    between.save(file, 'recorded from the scripted provider');
    await between.close();
    expect(at.server.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect(readFileSync(file, 'utf8')).not.toContain(key);
    const masked = JSON.parse(JSON.stringify(parts).replaceAll(key, '***')) as StepPart[];
    expect(await told(await replay(readTrace(file), (bytes) => inPieces(bytes, [3])))).toEqual(masked);
  } finally {
    await at.close();
    rmSync(folder, { recursive: true });
  }
});
