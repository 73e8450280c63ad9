import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type DispatchEvent, definePlugin, EventListeners } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import { Conversations } from '../conversation-store/contract.js';
import conversationStore from '../conversation-store/index.js';
import storage from '../storage-sqlite/index.js';
import { Routes } from '../transport-http/contract.js';
import { OpenController } from './open.controller.js';
import { ListenerNews } from './turn-news.js';

test('opening a conversation is told to everybody, with its workspace; the server need not know it yet', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'dispatch-open-'));
  const heard: DispatchEvent[] = [];
  const listener = { onEvent: (event: DispatchEvent) => void heard.push(event) };
  const listening = definePlugin({ id: 'listening', provides: EventListeners, create: () => listener });
  const host = await hostWith([storage, conversationStore, ListenerNews, OpenController, listening], {
    config: { dataDir, db: join(dataDir, 'dispatch.db'), cwd: dataDir },
  });
  const route = host
    .get(Routes)
    .flatMap(({ routes }) => routes)
    .find(({ path }) => path === '/conversations/:id/open');
  const open = (id: string) =>
    route?.handle({ params: { id }, query: {}, body: undefined, headers: {}, signal: new AbortController().signal });
  await host.get(Conversations).openTurn({ conversationId: 'c', turnId: 't', text: 'hi', workspaceId: 'mine', at: 1 });
  expect([await open('c'), await open('new')]).toEqual([{ conversationId: 'c' }, { conversationId: 'new' }]);
  expect(heard).toEqual([
    { type: 'conversation.open', conversationId: 'c', workspaceId: 'mine' },
    { type: 'conversation.open', conversationId: 'new', workspaceId: 'default' },
  ]);
  await host.stop();
  await rm(dataDir, { recursive: true, force: true });
});
