import { randomUUID } from 'node:crypto';
import { Clock, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { TurnEvent } from 'dispatch/wire';
import { Database } from '../storage-sqlite/contract.js';
import { type Carried, type Claim, type KeyedRequest, type RequestKeeper, RequestKeepers } from './contract.js';
import type { KeyedRequestRow } from './entities/keyed-request-row.js';
import { digestOf, keyIn, reused } from './request-key.js';
import { RequestTable } from './request-table.js';
import { toldAgain } from './told-again.js';
import { TurnTable } from './turn-table.js';

type Work = (claim: Claim) => Promise<{ startedTurn: boolean }>;

/** After so many new keys the old ones are taken away. */
const pruneEvery = 500;

/**
 * A key and the id of the turn it stands for are on the disk before that turn can be. So whenever the server dies, the
 * log tells whether the turn of that id has been: if so it is not started again, if not it is, under the same id.
 */
@plugin({ id: 'idempotency', version: '0.1.0', provides: RequestKeepers })
export class DurableRequestKeeper implements RequestKeeper {
  readonly #requests: RequestTable;
  readonly #turns: TurnTable;
  /** Being carried out just now. */
  readonly #running = new Map<string, { digest: string; carried: Promise<Carried> }>();
  #claims = 0;

  constructor(
    @inject(Database) database: Database,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.#requests = new RequestTable(database);
    this.#turns = new TurnTable(database);
  }

  async once(request: KeyedRequest, work: Work): Promise<Carried> {
    const key = keyIn(request.key);
    const digest = digestOf(request.asks);
    const running = this.#running.get(key);
    if (running && running.digest !== digest) throw reused(key);
    if (running) return { ...(await running.carried), again: true };
    const carried = this.#carryOut(key, digest, request.conversationId, work);
    this.#running.set(key, { digest, carried });
    void carried
      .then((done) => this.#note(key, done))
      .catch(() => undefined) // whoever asked is told
      .finally(() => this.#running.delete(key));
    return carried;
  }

  async events(header: string | readonly string[]): Promise<TurnEvent[] | undefined> {
    const row = await this.#requests.find(keyIn(header), this.clock.now());
    const turn = row && (await this.#turnOf(row));
    const stored = turn === undefined ? undefined : await this.#turns.read(turn);
    return row && stored && toldAgain(row.conversation, stored);
  }

  async #carryOut(key: string, digest: string, named: string | undefined, work: Work): Promise<Carried> {
    const now = this.clock.now();
    const known = await this.#requests.find(key, now);
    if (known && known.digest !== digest) throw reused(key);
    const row = known ?? { key, digest, conversation: named ?? randomUUID(), turnId: randomUUID(), at: now };
    const ids = { conversationId: row.conversation, turnId: row.turnId };
    if (known?.queued) return { ...ids, startedTurn: false, again: true };
    if (known && (await this.#turnOf(known)) !== undefined) return { ...ids, startedTurn: true, again: true };
    if (!known) await this.#requests.reserve(row);
    try {
      const { startedTurn } = await work({ ...ids, queued: (manager) => this.#requests.queued(manager, key) });
      return { ...ids, startedTurn, again: false };
    } catch (thrown) {
      await this.#release(key, thrown);
      throw thrown;
    }
  }

  /** The turn this request has become, if any. */
  async #turnOf({ turn, conversation, turnId }: KeyedRequestRow): Promise<number | undefined> {
    return turn ?? this.#turns.keyOf(conversation, turnId);
  }

  /** Spares a later request the search for the turn; that the request was carried out is on the disk already. */
  async #note(key: string, { conversationId, turnId, startedTurn, again }: Carried): Promise<void> {
    if (again) return;
    if (this.#claims++ % pruneEvery === 0) void this.#prune();
    const turn = startedTurn ? await this.#turns.keyOf(conversationId, turnId) : undefined;
    if (turn !== undefined) await this.#requests.started(key, turn);
  }

  /** A refused request may come again. Where the disk has failed nobody knows what it holds: the log is asked next time. */
  async #release(key: string, thrown: unknown): Promise<void> {
    if (thrown instanceof Error && thrown.name === 'StorageError') return;
    await this.#requests.release(key).catch(this.#complain);
  }

  #prune(): Promise<void> {
    return this.#requests.prune(this.clock.now()).catch(this.#complain);
  }

  readonly #complain = (thrown: unknown) => this.logger.warn(`a key of a request could not be forgotten: ${messageOf(thrown)}`);
}
