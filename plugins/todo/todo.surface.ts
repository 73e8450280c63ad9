import { inject, plugin } from 'dispatch/kernel';
import type { CatalogEntry, Surface } from 'dispatch/wire';
import { type SurfaceProvider, Surfaces, SurfaceUpdates } from '../surface-registry/contract.js';
import { Todos } from './contract.js';

/** What the model means to do, as a front end shows it. */
@plugin({ id: 'todo-surface', version: '0.1.0', provides: Surfaces })
export class TodoSurface implements SurfaceProvider {
  readonly entry: CatalogEntry = { id: 'todo', region: 'side', title: 'To do', scope: 'conversation' };
  private unwatch: (() => void) | undefined;

  constructor(
    @inject(Todos) private readonly lists: Todos,
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
  ) {}

  start(): void {
    this.unwatch = this.lists.onChange((conversationId) => this.updates.changed(this.entry.id, conversationId));
  }

  stop(): void {
    this.unwatch?.();
  }

  async render(conversationId?: string): Promise<Surface> {
    const { id, region, title } = this.entry;
    const todos = conversationId === undefined ? [] : await this.lists.list(conversationId);
    return { id, region, title, fields: [{ kind: 'custom', rendererId: id, payload: { todos } }] };
  }
}
