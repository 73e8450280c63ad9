import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Line, Watcher } from './contract.js';
import { EventHub } from './event-hub.js';

const line = (text: string, type = 'text-delta'): Line => ({ type, json: JSON.stringify({ type, delta: text }) });

/** A watcher that remembers, and can be told to want no more. */
class Recorder implements Watcher {
  text = '';
  ended: string | undefined;
  hungry = true;
  take(lines: readonly Line[]): boolean {
    this.text += lines.map(({ json }) => (JSON.parse(json) as { delta: string }).delta).join('');
    return this.hungry;
  }
  end(why: string): void {
    this.ended = why;
  }
}

async function say(hub: EventHub, ...texts: string[]): Promise<void> {
  for (const text of texts) hub.add(line(text));
  await tick();
}

test('a late joiner is told the running turn from its first line, an idle one nothing', async () => {
  const hub = new EventHub(() => undefined);
  const [early, late, idle] = [new Recorder(), new Recorder(), new Recorder()];
  hub.watch(early, false);
  hub.openTurn();
  await say(hub, 'a', 'b');
  hub.watch(late, false);
  await say(hub, 'c');
  hub.closeTurn();
  await tick();
  hub.watch(idle, false);
  await tick();
  expect([early.text, late.text, idle.text]).toEqual(['abc', 'abc', '']);
});

test('who watches one turn leaves with it; who watches the conversation stays for the next', async () => {
  const hub = new EventHub(() => undefined);
  const [one, all] = [new Recorder(), new Recorder()];
  hub.openTurn();
  hub.watch(one, true);
  hub.watch(all, false);
  await say(hub, 'first ');
  hub.closeTurn();
  hub.openTurn();
  await say(hub, 'second');
  expect([one.text, one.ended]).toEqual(['first ', 'sealed']);
  expect([all.text, all.ended]).toEqual(['first second', undefined]);
});

test('a slow watcher loses nothing, across turns too, and holds up nobody', async () => {
  const hub = new EventHub(() => undefined);
  const [slow, quick] = [new Recorder(), new Recorder()];
  slow.hungry = false;
  const watch = hub.watch(slow, false);
  hub.watch(quick, false);
  for (const turn of ['1', '2', '3']) {
    hub.openTurn();
    await say(hub, `a${turn}`, `b${turn}`);
    await say(hub, `c${turn}`);
    hub.closeTurn();
    await tick();
  }
  expect(quick.text).toBe('a1b1c1a2b2c2a3b3c3');
  expect(slow.text).toBe('a1b1');
  slow.hungry = true;
  watch.ready();
  await tick();
  expect(slow.text).toBe(quick.text);
});

test('deltas that wait for a slow watcher are merged past 4 MiB, and past 16 MiB it has to go', async () => {
  const hub = new EventHub(() => undefined);
  const slow = new Recorder();
  slow.hungry = false;
  hub.watch(slow, false);
  hub.openTurn();
  await say(hub, 'start');
  const piece = 'x'.repeat(1024);
  for (let i = 0; i < 18 && slow.ended === undefined; i++) await say(hub, ...Array.from({ length: 1024 }, () => piece));
  expect(slow.ended).toBe('slow');
  const late = new Recorder();
  let lines = 0;
  const counting: Watcher = {
    take: (news) => {
      lines += news.length;
      return late.take(news);
    },
    end: () => undefined,
  };
  hub.watch(counting, false);
  await tick();
  expect(late.text.length).toBeGreaterThan(15 * 1024 * 1024);
  expect(lines).toBeLessThan(3 * 1024);
});

test('a hub that nobody watches and where nothing runs lets itself be forgotten', async () => {
  let unused = 0;
  const hub = new EventHub(() => unused++);
  const watch = hub.watch(new Recorder(), false);
  hub.openTurn();
  await say(hub, 'a');
  hub.closeTurn();
  await tick();
  expect(unused).toBe(0);
  watch.stop();
  await tick();
  expect(unused).toBe(1);
});
