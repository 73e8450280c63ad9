import { isAbsolute, resolve } from 'node:path';
import { Config, definePlugin } from 'dispatch/kernel';
import type { ConversationStatus } from 'dispatch/wire';
import { type Route, Routes, route } from '../transport-http/contract.js';
import { Conversations, type HistoryReader, HistoryReaders } from './contract.js';
import * as schema from './route-schemas.js';
import { untitled } from './title.js';

const defaultPercent = 85;
const statuses: readonly ConversationStatus[] = ['active', 'queued', 'idle', 'closed'];
const isStatus = (word: string): word is ConversationStatus => (statuses as readonly string[]).includes(word);

export const conversationRoutes = definePlugin({
  id: 'conversation-store-routes',
  version: '0.1.0',
  provides: Routes,
  inject: { conversations: Conversations, config: Config, readers: HistoryReaders },
  create: ({ conversations, config, readers }) => ({ routes: routesOf(conversations, () => config.text('cwd'), readers) }),
});

/** What the store answers over HTTP. `startCwd`: the directory the server works in when nobody says another. */
export function routesOf(conversations: Conversations, startCwd: () => string, readers: readonly HistoryReader[] = []): readonly Route[] {
  const { params } = schema;
  return [
    route({
      method: 'GET',
      path: '/conversations',
      summary: 'Lists conversations, newest activity first',
      query: schema.listQuery,
      answer: schema.listAnswer,
      handle: ({ query: { q: idPrefix, status, workspaceId, ...rest } }) => {
        const statuses = status?.split(',').map((word) => word.trim());
        return conversations.page({ idPrefix, statuses: statuses?.filter(isStatus), workspaceId: workspaceId || undefined, ...rest });
      },
    }),
    route({
      method: 'GET',
      path: '/conversations/:id',
      summary: 'Reads a window of the log',
      params,
      query: schema.windowQuery,
      answer: schema.historyAnswer,
      handle: async ({ params, query, headers }) => {
        let answer = await conversations.history(params.id, query);
        for (const reader of readers) answer = await reader.shown(answer, String(headers.host));
        return answer;
      },
    }),
    route({
      method: 'GET',
      path: '/conversations/:id/metrics',
      summary: 'Figures of the sealed turns',
      params,
      answer: schema.metricsAnswer,
      handle: async ({ params }) => ({ turns: await conversations.metrics(params.id) }),
    }),
    ...cwdRoutes(conversations, startCwd),
    ...settingRoutes(conversations),
  ];
}

function cwdRoutes(conversations: Conversations, startCwd: () => string): Route[] {
  const path = '/conversations/:id/cwd';
  const { params } = schema;
  const answer = schema.cwdAnswer;
  const read = async (conversationId: string) => ({ conversationId, cwd: (await conversations.state(conversationId)).cwd });
  return [
    route({ method: 'GET', path, summary: 'Its working directory', params, answer, handle: ({ params }) => read(params.id) }),
    route({
      method: 'PUT',
      path,
      summary: 'Sets its working directory; a relative one starts at the workspace’s',
      params,
      body: schema.cwdBody,
      answer,
      handle: async ({ params, body }) => {
        const { workspaceCwd } = await conversations.state(params.id, body.workspaceId);
        const cwd = isAbsolute(body.cwd) ? resolve(body.cwd) : resolve(startCwd(), workspaceCwd ?? '', body.cwd);
        await conversations.change(params.id, { cwd }, body.workspaceId);
        return { conversationId: params.id, cwd };
      },
    }),
    route({
      method: 'DELETE',
      path,
      summary: 'Forgets its working directory',
      params,
      answer,
      handle: async ({ params }) => {
        if ((await conversations.state(params.id)).cwd !== null) await conversations.change(params.id, { cwd: null });
        return { conversationId: params.id, cwd: null };
      },
    }),
  ];
}

function settingRoutes(conversations: Conversations): Route[] {
  const { params } = schema;
  const at = (name: string) => `/conversations/:id/${name}`;
  return [
    route({
      method: 'GET',
      path: at('model'),
      summary: 'Its own model; null: the default',
      params,
      answer: schema.modelAnswer,
      handle: async ({ params: { id } }) => ({ conversationId: id, model: (await conversations.state(id)).model }),
    }),
    route({
      method: 'PUT',
      path: at('model'),
      summary: 'Sets its model; null clears it',
      params,
      body: schema.modelBody,
      answer: schema.modelAnswer,
      handle: async ({ params: { id }, body: { model } }) => {
        await conversations.change(id, { model });
        return { conversationId: id, model };
      },
    }),
    route({
      method: 'GET',
      path: at('reasoning-effort'),
      summary: 'Its own reasoning effort; null: the default',
      params,
      answer: schema.effortAnswer,
      handle: async ({ params: { id } }) => ({
        conversationId: id,
        reasoningEffort: (await conversations.state(id)).reasoningEffort,
      }),
    }),
    route({
      method: 'PUT',
      path: at('reasoning-effort'),
      summary: 'Sets its reasoning effort; null clears it',
      params,
      body: schema.effortBody,
      answer: schema.effortAnswer,
      handle: async ({ params: { id }, body: { reasoningEffort } }) => {
        await conversations.change(id, { reasoningEffort });
        return { conversationId: id, reasoningEffort };
      },
    }),
    route({
      method: 'GET',
      path: at('title'),
      summary: 'Its title',
      params,
      answer: schema.titleAnswer,
      handle: async ({ params: { id } }) => ({
        conversationId: id,
        title: (await conversations.state(id)).title ?? untitled,
      }),
    }),
    route({
      method: 'PUT',
      path: at('title'),
      summary: 'Sets its title',
      params,
      body: schema.titleBody,
      answer: schema.titleAnswer,
      handle: async ({ params: { id }, body: { title } }) => {
        await conversations.change(id, { title });
        return { conversationId: id, title };
      },
    }),
    route({
      method: 'GET',
      path: at('compact-percent'),
      summary: 'Percent of the context window at which it is compacted; 0: only by hand',
      params,
      answer: schema.percentAnswer,
      handle: async ({ params: { id } }) => ({
        conversationId: id,
        threshold: (await conversations.state(id)).compactPercent ?? defaultPercent,
      }),
    }),
    route({
      method: 'PUT',
      path: at('compact-percent'),
      summary: 'Sets the percentage at which it is compacted',
      params,
      body: schema.percentBody,
      answer: schema.percentAnswer,
      handle: async ({ params: { id }, body: { threshold, percent } }) => {
        const value = threshold ?? percent ?? defaultPercent;
        await conversations.change(id, { compactPercent: value });
        return { conversationId: id, threshold: value };
      },
    }),
  ];
}
