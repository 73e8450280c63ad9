import { describe, expect, test } from '@jest/globals';
import type { PluginStatus } from 'dispatch/wire';
import type { Turns } from '../session-orchestrator/contract.js';
import { downOf } from './critical-guard.js';
import { TurnsInProgress } from './turns-in-progress.js';

const turnIn = (conversationId: string) => ({ conversationId, workspaceId: 'default', cwd: '/', model: 'a/b' });

describe('turns in progress', () => {
  /** Turns of which a test says which run. */
  function setUp() {
    const running = new Map<string, string>();
    const waiting = new Set<() => void>();
    const turns: Pick<Turns, 'running' | 'settled'> = {
      running: (id) => running.get(id),
      settled: (id) =>
        new Promise((resolve) => {
          const look = () => !running.has(id) && resolve(true);
          waiting.add(look);
          look();
        }),
    };
    const work = new TurnsInProgress(turns as Turns);
    const begin = (id: string, turnId: string) => {
      running.set(id, turnId);
      work.filter([], turnIn(id));
    };
    const end = (id: string) => {
      running.delete(id);
      for (const look of waiting) look();
    };
    return { work, begin, end };
  }
  const never = new AbortController().signal;

  test('are over when every turn that had begun is, whatever begins meanwhile', async () => {
    const { work, begin, end } = setUp();
    begin('a', '1');
    begin('b', '2');
    let over = false;
    const done = work.over(never).then(() => {
      over = true;
    });
    begin('c', '3');
    end('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    end('b');
    await done;
  });

  test('are over at once where nothing runs, and when nobody wants to wait any more', async () => {
    const { work, begin } = setUp();
    await work.over(never);
    begin('a', '1');
    const enough = new AbortController();
    const done = work.over(enough.signal);
    enough.abort();
    await done;
  });
});

describe('a critical plugin that is down', () => {
  const plugin = (more: Partial<PluginStatus>): PluginStatus => ({
    ...{ id: 'guard', state: 'failed', critical: true, reason: 'it broke', provides: ['dispatch.tool-filter[]'], needs: [] },
    ...more,
  });
  const slots = ['dispatch.tool-filter[]'];

  test('is named with its reason and what to do', () => {
    expect(downOf([plugin({})], slots)).toBe('the critical plugin "guard" is failed (it broke): mend it, disable it, or take it away');
    expect(downOf([plugin({ state: 'quarantined' })], slots)).toContain('is quarantined');
  });

  test.each<Partial<PluginStatus>>([{ critical: false }, { state: 'active' }, { state: 'disabled' }, { provides: ['dispatch.tool[]'] }])(
    'matters only where it guards something and its owner has not disabled it: %j',
    (more) => {
      expect(downOf([plugin(more)], slots)).toBeUndefined();
    },
  );
});
