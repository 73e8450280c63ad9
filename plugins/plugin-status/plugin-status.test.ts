import { expect, test } from '@jest/globals';
import type { PluginStatus } from 'dispatch/wire';
import { PluginStatusRoutes } from './plugin-status.js';

test('the list is answered as the host gives it, in the shape it documents', async () => {
  const status: PluginStatus[] = [
    { id: 'a', state: 'active', provides: ['dispatch.tool[]'], needs: [], loadMs: 1.5, version: '1.0.0' },
    { id: 'b', state: 'failed', reason: 'it broke', provides: [], needs: ['dispatch.logger'], source: 'b.mjs' },
  ];
  const [only] = new PluginStatusRoutes({ status: () => status }).routes;
  const signal = new AbortController().signal;
  const answer = await only?.handle({ params: {}, query: {}, body: undefined, headers: {}, signal });
  expect(`${only?.method} ${only?.path}`).toBe('GET /plugins');
  expect(answer).toEqual({ plugins: status });
  expect(only?.answer?.parse(answer)).toEqual({ plugins: status });
});
