import { type Provider, Providers, type Tool, Tools } from 'dispatch/kernel';
import { type Command, Commands } from '../../../../plugins/commands/contract.js';
import { type Job, Jobs } from '../../../../plugins/jobs/contract.js';
import { type SurfaceProvider, Surfaces } from '../../../../plugins/surface-registry/contract.js';
import { type RouteGroup, Routes } from '../../../../plugins/transport-http/contract.js';
import { type SocketHandler, SocketHandlers } from '../../../../plugins/transport-ws/contract.js';

export interface Owner {
  id: string;
  source: string;
}

/** By what clients and models know what fills a slot; nobody else may go by it. */
const namesOf = new Map<symbol, (its: never) => string[]>([
  [Tools, ({ name }: Tool) => [`the tool "${name}"`]],
  [Providers, ({ kind }: Provider) => [`the provider "${kind}"`]],
  [Commands, ({ name }: Command) => [`the command "${name}"`]],
  [Jobs, ({ id }: Job) => [`the job "${id}"`]],
  [Surfaces, ({ entry }: SurfaceProvider) => [`the surface "${entry?.id}"`]],
  [Routes, ({ routes }: RouteGroup) => routes.map(({ method, path }) => `the route ${method} ${path.replaceAll(/:\w+/g, ':…')}`)],
  [SocketHandlers, ({ messages }: SocketHandler) => (messages ?? []).map(({ type }) => `the socket message "${type}"`)],
]);

/** Names in use. Whoever comes later with one that somebody else has is refused, and both are named. */
export class Claims {
  private readonly held = new Map<string, Set<Owner>>();

  constructor(
    private readonly filling: (slot: symbol) => readonly object[],
    private readonly ownerOf: (its: object) => Owner | undefined,
  ) {}

  /** Answers how to give the names back. Throws when another source has one of them. */
  take(slot: symbol, its: object, owner: Owner): () => void {
    const names = namesOf.get(slot)?.(its as never) ?? [];
    for (const name of names) {
      const other = this.otherWith(slot, name, owner);
      if (other) throw new Error(`${name} of "${owner.id}" has the name of one that "${other.id}" (${other.source}) has: give it another`);
    }
    for (const name of names) this.held.set(name, (this.held.get(name) ?? new Set()).add(owner));
    return () => {
      for (const name of names) this.held.get(name)?.delete(owner);
    };
  }

  private otherWith(slot: symbol, name: string, { source }: Owner): Owner | undefined {
    const starting = [...(this.held.get(name) ?? [])].find((owner) => owner.source !== source);
    if (starting) return starting;
    for (const its of this.filling(slot)) {
      const owner = this.ownerOf(its);
      if (
        owner &&
        owner.source !== source &&
        namesOf
          .get(slot)?.(its as never)
          .includes(name)
      )
        return owner;
    }
    return undefined;
  }
}
