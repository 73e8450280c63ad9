/** What the tests of trust share: the real service on a real database, and a kind of content that a repository brings. */
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import { Conversations } from '../conversation-store/contract.js';
import conversationStore from '../conversation-store/index.js';
import storage from '../storage-sqlite/index.js';
import { type SurfaceProvider, Surfaces, SurfaceUpdates } from '../surface-registry/contract.js';
import { HttpServer } from '../transport-http/contract.js';
import transport from '../transport-http/open-transport.fixture.js';
import { Trust, TrustSubjects } from './contract.js';
import trust from './index.js';

const running = new Set<{ stop(): Promise<void> }>();
const folders: string[] = [];

export function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-trust-')));
  folders.push(made);
  return made;
}

/** A directory that brings hooks. */
export function repository(hooks = 'run a\nrun b'): string {
  const directory = folder();
  writeFileSync(join(directory, 'hooks'), hooks);
  return directory;
}

export async function trustWith(dataDir = folder()) {
  const shown: string[] = [];
  const updates = definePlugin({
    id: 'shown',
    provides: SurfaceUpdates,
    create: () => ({ changed: (surface: string) => void shown.push(surface) }),
  });
  const subject = (kind: string, files: string[]) =>
    definePlugin({
      id: `${kind}s`,
      provides: TrustSubjects,
      create: () => ({
        kind,
        files,
        summary: (text: string) => {
          if (text.includes('senseless')) throw new Error('no sense in it');
          return text.split('\n');
        },
      }),
    });
  const host = await hostWith(
    [storage, conversationStore, transport, updates, trust, subject('hook', ['hooks', 'sub/hooks']), subject('twin', ['hooks'])],
    {
      config: {
        ...{ dataDir, db: join(dataDir, 'dispatch.db'), cwd: dataDir },
        ...{
          'http.port': 0,
          'http.host': '127.0.0.1',
          'http.allowedHosts': [],
          'http.allowedOrigins': [],
          'http.devPorts': [],
          'http.bodyLimit': 1_000_000,
          auth: 'off',
        },
      },
    },
  );
  const failed = host.status().filter(({ state }) => state !== 'active');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const url = `http://127.0.0.1:${host.get(HttpServer).port}`;
  const made = {
    host,
    shown,
    dataDir,
    trust: host.get(Trust),
    conversations: host.get(Conversations),
    surface: (host.get(Surfaces) as readonly SurfaceProvider[]).find(({ entry }) => entry.id === 'trust') as SurfaceProvider,
    async http(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
      const answer = await fetch(url + path, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    async stop() {
      running.delete(made);
      await host.stop();
    },
  };
  running.add(made);
  return made;
}

export async function cleanUp(): Promise<void> {
  for (const each of running) await each.stop();
  for (const each of folders.splice(0)) await rm(each, { recursive: true, force: true });
}
