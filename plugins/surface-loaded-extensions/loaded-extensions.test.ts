import { expect, test } from '@jest/globals';
import { hostWith } from 'dispatch/testing';
import type { PluginStatus } from 'dispatch/wire';
import { Surfaces } from '../surface-registry/contract.js';
import registry from '../surface-registry/index.js';
import { HttpServer } from '../transport-http/contract.js';
import http from '../transport-http/open-transport.fixture.js';
import sockets from '../transport-ws/index.js';
import { TestClient } from '../transport-ws/socket-server.fixture.js';
import loadedExtensions from './index.js';
import { fieldOf } from './loaded-extensions.surface.js';

const none = { provides: [], needs: [] };

test.each<[PluginStatus, string]>([
  [{ id: 'a', version: '1.2.3', state: 'active', ...none }, '1.2.3'],
  [{ id: 'a', state: 'active', ...none }, 'active'],
  [{ id: 'a', version: '1.2.3', state: 'failed', reason: 'it broke', ...none }, 'failed: it broke'],
  [{ id: 'a', state: 'stopped', ...none }, 'stopped'],
])('%j is shown as "%s"', (status, value) => expect(fieldOf(status)).toEqual({ kind: 'stat', label: 'a', value }));

test('the surface lists every plugin of the host, and shows those that come later', async () => {
  const config = {
    ...{ 'http.port': 0, 'http.host': '127.0.0.1', 'http.allowedHosts': [], 'http.allowedOrigins': [], 'http.devPorts': [] },
    ...{ 'http.bodyLimit': 1024, 'ws.port': 0 },
  };
  const host = await hostWith([http, sockets, registry, loadedExtensions], { config });
  const client = await TestClient.open(`ws://127.0.0.1:${host.get(HttpServer).port}/ws`);
  const entry = { id: 'loaded-extensions', region: 'side', title: 'Loaded extensions', scope: 'global' };
  expect((await client.message('catalog')).catalog).toEqual([entry]);
  client.send({ type: 'subscribe', surfaceId: 'loaded-extensions' });
  const { spec } = await client.message('surface');
  expect(spec.fields).toEqual(host.status().map(fieldOf));
  expect(spec.fields).toContainEqual({ kind: 'stat', label: 'transport-ws', value: '0.1.0' });

  await host.add([{ source: 'broken', load: () => Promise.reject(new Error('no such file')) }]);
  await host.clock.advance(2_000);
  const { update } = await client.message('update');
  expect(update.spec.fields.at(-1)).toEqual({ kind: 'stat', label: 'broken', value: 'failed: it could not be loaded: no such file' });
  expect(host.get(Surfaces)).toHaveLength(1);
  await host.stop();
  expect((await client.closed).code).toBe(1001);
});
