import { Config, inject, plugin } from 'dispatch/kernel';
import type { CatalogEntry, Field, Surface } from 'dispatch/wire';
import * as z from 'zod';
import { Conversations } from '../conversation-store/contract.js';
import {
  ActionRefused,
  type SurfaceAction,
  type SurfaceProvider,
  Surfaces,
  SurfaceUpdates,
  surfaceAction,
} from '../surface-registry/contract.js';
import { directoryOf, Trust, TrustRefused, type TrustView } from './contract.js';

const chosen = z.object({ hashes: z.array(z.string()).min(1).max(1000) }).optional();
/** Views that are remembered for buttons; more people are not looking. */
const mostShown = 200;

/**
 * What waits to be trusted in a conversation's working directory. A client that sends no hashes trusts what it was
 * shown: what has changed since is refused.
 */
@plugin({ id: 'trust-surface', version: '0.1.0', provides: Surfaces })
export class TrustSurface implements SurfaceProvider {
  readonly entry: CatalogEntry = { id: 'trust', region: 'side', title: 'Trust', scope: 'conversation' };
  readonly actions: Readonly<Record<string, SurfaceAction>>;
  /** What each conversation was last shown. */
  private readonly shown = new Map<string, TrustView>();
  private unwatch: (() => void) | undefined;

  constructor(
    @inject(Trust) private readonly trust: Trust,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
    @inject(Config) private readonly config: Config,
  ) {
    this.actions = {
      'trust/allow': surfaceAction({ schema: chosen, run: (payload, id) => this.allow(id, payload?.hashes) }),
      'trust/revoke': surfaceAction({ schema: chosen, run: (payload, id) => this.revoke(id, payload?.hashes) }),
    };
  }

  start(): void {
    this.unwatch = this.trust.onChange(() => this.updates.changed(this.entry.id));
  }

  stop(): void {
    this.unwatch?.();
  }

  async render(conversationId?: string): Promise<Surface> {
    const { id, region, title } = this.entry;
    const directory =
      conversationId === undefined ? this.config.text('cwd') : await directoryOf(conversationId, this.conversations, this.config);
    const view = await this.trust.view(directory).catch((thrown: unknown) => {
      if (thrown instanceof TrustRefused) return { directory, files: [], absent: [] };
      throw thrown;
    });
    const key = conversationId ?? '';
    this.shown.delete(key);
    this.shown.set(key, view);
    const [oldest] = this.shown.keys();
    if (this.shown.size > mostShown && oldest !== undefined) this.shown.delete(oldest);
    return { id, region, title, fields: fieldsOf(view) };
  }

  private async allow(conversationId: string | undefined, hashes?: readonly string[]): Promise<void> {
    const view = this.lookedAt(conversationId);
    const waiting = view.files.flatMap((file) => (file.state === 'waiting' ? [file.hash] : []));
    const asked = hashes ?? waiting;
    if (asked.length === 0) throw new ActionRefused(`nothing waits to be trusted in ${view.directory}`);
    await this.trust.trust(view.directory, asked).catch(refuse);
  }

  private async revoke(conversationId: string | undefined, hashes?: readonly string[]): Promise<void> {
    await this.trust.revoke(this.lookedAt(conversationId).directory, hashes).catch(refuse);
  }

  private lookedAt(conversationId: string | undefined): TrustView {
    const view = this.shown.get(conversationId ?? '');
    if (view) return view;
    throw new ActionRefused('look at this surface first: what is trusted is what was shown');
  }
}

/** A table that any client can show, the whole for those that know it, and what can be done. Pure. */
export function fieldsOf(view: TrustView): Field[] {
  const rows = view.files.map((file) => [
    file.path,
    file.kind,
    file.state,
    file.state === 'refused' ? file.reason : file.summary.join('\n'),
  ]);
  const waiting = view.files.filter(({ state }) => state === 'waiting').length;
  const trusted = view.files.some(({ state }) => state === 'trusted') || view.absent.length > 0;
  const fields: Field[] = [{ kind: 'stat', label: 'Waiting', value: String(waiting) }];
  if (rows.length > 0)
    fields.push({ kind: 'custom', rendererId: 'table', payload: { columns: ['File', 'Kind', 'State', 'What it would do'], rows } });
  fields.push({ kind: 'custom', rendererId: 'trust', payload: view });
  if (waiting > 0) fields.push({ kind: 'button', label: 'Trust what is shown', action: { actionId: 'trust/allow' } });
  if (trusted) fields.push({ kind: 'button', label: 'Trust nothing here', action: { actionId: 'trust/revoke' } });
  return fields;
}

function refuse(thrown: unknown): never {
  if (thrown instanceof TrustRefused) throw new ActionRefused(thrown.message, { cause: thrown });
  throw thrown;
}
