import type { IncomingMessage } from 'node:http';
import { type Command, type CommandContext, Commands } from '../../../../plugins/commands/contract.js';
import { type CredentialSource, CredentialSources } from '../../../../plugins/credential-store/contract.js';
import { type Job, Jobs } from '../../../../plugins/jobs/contract.js';
import {
  type OverflowRelief,
  OverflowReliefs,
  type SteeringSource,
  SteeringSources,
} from '../../../../plugins/session-orchestrator/contract.js';
import { type SurfaceGroup, SurfaceGroups, type SurfaceProvider, Surfaces } from '../../../../plugins/surface-registry/contract.js';
import {
  type AccessRule,
  AccessRules,
  type HealthCheck,
  HealthChecks,
  type Route,
  type RouteGroup,
  Routes,
  type Verdict,
} from '../../../../plugins/transport-http/contract.js';
import { type SocketClient, type SocketHandler, SocketHandlers } from '../../../../plugins/transport-ws/contract.js';
import { isDeliberate, type Keeper, named } from './keeper.js';
import { standInFor } from './stand-in.js';
import { type Guard, type Guards, must } from './turn-guards.js';

/** For what somebody looks at and waits for. */
const shownMs = 5_000;
/** For what somebody asked to be done. */
const doneMs = 60_000;
/** Surfaces of one plugin that are made in a second. */
const mostRenders = 20;

const path = /^(?!\/health$)\/[A-Za-z0-9._~-]+(\/(:[A-Za-z_]\w*|[A-Za-z0-9._~-]+))*$/;

function routes(its: RouteGroup, keeper: Keeper): Record<string, unknown> {
  must(Array.isArray(its.routes), 'it fills a place for routes and has no list "routes"');
  return {
    routes: its.routes.map((route) => {
      const name = `${route?.method} ${route?.path}`;
      must(typeof route?.handle === 'function', `its route ${name} has no handle()`);
      const fits = ['GET', 'POST', 'PUT', 'DELETE'].includes(route.method) && path.test(route.path);
      must(fits, `its route ${name} cannot be served: a path is made of fixed words and parameters like /things/:id, and /health is taken`);
      const handle: Route['handle'] = (request) =>
        keeper.now<unknown>(
          `its route ${name}`,
          () => {
            const answer = route.handle(request);
            if (answer instanceof Promise) answer.catch((thrown: unknown) => keeper.fault(`its route ${name}`, thrown, isRefusal(thrown)));
            return answer;
          },
          (thrown) => {
            throw thrown;
          },
          isRefusal,
        );
      return { ...route, handle };
    }),
  };
}
const isRefusal = named('HttpError');

function sockets(its: SocketHandler, keeper: Keeper): Record<string, unknown> {
  must(Array.isArray(its.messages), 'it fills a place for socket messages and has no list "messages"');
  return {
    messages: its.messages.map((message) => {
      must(
        typeof message?.type === 'string' && typeof message.handle === 'function',
        'one of its socket messages has no "type" or no handle()',
      );
      const what = `its socket message "${message.type}"`;
      const handle = (content: unknown, client: SocketClient) =>
        keeper.call(what, doneMs, () => message.handle(content, client), named('MessageRefused'));
      return { ...message, handle };
    }),
    connected: (client: SocketClient, request: IncomingMessage) =>
      keeper.now(
        'its greeting of a socket',
        () => its.connected?.(client, request),
        () => undefined,
      ),
  };
}

function surface(its: SurfaceProvider, keeper: Keeper): Record<string, unknown> {
  const id = its.entry?.id;
  must(typeof id === 'string' && id !== '', 'its surface has no "entry" with an "id"');
  must(typeof its.render === 'function', `its surface "${id}" has no render()`);
  const pace = paced(mostRenders);
  const actions = Object.entries(its.actions ?? {}).map(([name, action]) => {
    const run = (payload: unknown, conversationId?: string) =>
      keeper.call(`the action "${name}" of its surface "${id}"`, doneMs, () => action.run(payload, conversationId), named('ActionRefused'));
    return [name, { ...action, run }];
  });
  return {
    actions: Object.fromEntries(actions),
    render: async (conversationId?: string) => {
      await pace();
      return keeper.call(`its surface "${id}"`, shownMs, () => its.render(conversationId));
    },
  };
}

const groups = (its: SurfaceGroup, keeper: Keeper): Record<string, unknown> => {
  const guarded = new WeakMap<SurfaceProvider, SurfaceProvider>();
  const inGuard = (each: SurfaceProvider): SurfaceProvider => {
    const known = guarded.get(each) ?? (standInFor(each, surface(each, keeper)) as SurfaceProvider);
    guarded.set(each, known);
    return known;
  };
  return {
    surfaces: () =>
      keeper.now(
        'its list of surfaces',
        () => its.surfaces().map(inGuard),
        () => [],
      ),
  };
};

/** Lets so many through in a second; who comes later waits until the next one. */
function paced(most: number): () => Promise<void> {
  let [second, count] = [0, 0];
  return async () => {
    for (let now = performance.now(); ; now = performance.now()) {
      if (now - second >= 1_000) [second, count] = [now, 0];
      if (count++ < most) return;
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, second + 1_000 - now)));
    }
  };
}

const health = (its: HealthCheck, keeper: Keeper): Record<string, unknown> => ({
  problem: () =>
    keeper.now(
      'its health check',
      () => its.problem(),
      () => undefined,
    ),
});

/** Who cannot be asked lets nobody in. */
const access = (its: AccessRule, keeper: Keeper): Record<string, unknown> => ({
  check: (request: IncomingMessage): Verdict =>
    keeper.now<Verdict>(
      'its rule of access',
      () => its.check(request),
      () => ({
        status: 403,
        error: `the plugin "${keeper.id}" cannot tell whether this may be asked: see the server's log`,
        code: 'access_rule_failed',
      }),
    ),
});

const credentials = (its: CredentialSource, keeper: Keeper): Record<string, unknown> => ({
  credentials: () =>
    keeper.now(
      'its source of credentials',
      () => its.credentials(),
      () => [],
    ),
});

const steering = (its: SteeringSource, keeper: Keeper): Record<string, unknown> => ({
  waiting: (id: string) => keeper.call('its queue of messages', shownMs, () => its.waiting(id)).catch(() => undefined),
  drop: (id: string) => keeper.call('its queue of messages', shownMs, () => its.drop(id)).catch(() => undefined),
});

function command(its: Command, keeper: Keeper): Record<string, unknown> {
  must(typeof its.name === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(its.name), 'its command has no "name" of letters, digits and -');
  must(typeof its.description === 'string', `its command "${its.name}" has no "description"`);
  must(typeof its.run === 'function', `its command "${its.name}" has no run()`);
  const what = `its command "${its.name}"`;
  const run = async (context: CommandContext): Promise<unknown> => {
    try {
      return await its.run(context);
    } catch (thrown) {
      keeper.fault(what, thrown, isDeliberate(thrown));
      throw thrown;
    }
  };
  return { run };
}

function job(its: Job, keeper: Keeper): Record<string, unknown> {
  must(typeof its.id === 'string' && typeof its.run === 'function', 'it fills a place for jobs and has no "id" or no run()');
  const run = async (signal: AbortSignal): Promise<unknown> => {
    try {
      return await its.run(signal);
    } catch (thrown) {
      if (!signal.aborted) keeper.fault(`its job "${its.id}"`, thrown);
      throw thrown;
    }
  };
  return { run };
}

const relief = (its: OverflowRelief, keeper: Keeper): Record<string, unknown> => ({
  relieve: (...given: Parameters<OverflowRelief['relieve']>) =>
    keeper.call('its way to shorten a history', doneMs, () => its.relieve(...given)),
});

/** What clients meet, and what stands behind it. */
export const clientGuards: Guards = new Map<symbol, Guard>([
  [Routes, routes],
  [SocketHandlers, sockets],
  [Surfaces, surface],
  [SurfaceGroups, groups],
  [HealthChecks, health],
  [AccessRules, access],
  [CredentialSources, credentials],
  [SteeringSources, steering],
  [OverflowReliefs, relief],
  [Commands, command],
  [Jobs, job],
]);
