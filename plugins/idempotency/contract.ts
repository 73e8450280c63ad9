import { type Slot, slot } from 'dispatch/kernel';
import type { TurnEvent } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import { HttpError } from '../transport-http/contract.js';

/** A request that came with an `Idempotency-Key`. */
export interface KeyedRequest {
  /** The header's value as it came. */
  key: string | readonly string[];
  /** All that the request asks for, as JSON can say it: another request with the same key is refused. */
  asks: unknown;
  /** The conversation it names; one that names none is given an id. */
  conversationId?: string;
}

/** The ids under which a request is carried out, however often that is tried. */
export interface Claim {
  readonly conversationId: string;
  readonly turnId: string;
  /** Notes, inside the very write that queues the request's message, that it has been carried out. */
  queued(manager: EntityManager): Promise<void>;
}

/** What became of a request. */
export interface Carried {
  readonly conversationId: string;
  readonly turnId: string;
  /** Whether it became a turn; else its message was queued. */
  readonly startedTurn: boolean;
  /** Whether an earlier request with this key, or one at the same time, has done it. */
  readonly again: boolean;
}

/** Sees to it that a request with a key is carried out once, also across crashes. Keys are known for 24 hours. */
export interface RequestKeeper {
  /**
   * Has `work` carry the request out, unless that was done before. `work` must start a turn of the claimed id, or queue
   * a message and call `claim.queued`; when it throws, nothing must have been stored, and the key is free again.
   * Throws an `HttpError` for a malformed key (400) and for a key that belongs to another request (422).
   */
  once(request: KeyedRequest, work: (claim: Claim) => Promise<{ startedTurn: boolean }>): Promise<Carried>;
  /** The events of the ended turn that this key has started, first to last, as the log tells them; undefined when it is gone. */
  events(key: string | readonly string[]): Promise<TurnEvent[] | undefined>;
}
/** At most one is used, the first. Where there is none, requests with a key are refused, and all others go on. */
export const RequestKeepers: Slot<RequestKeeper> = slot<RequestKeeper>('dispatch.request-keeper[]');

/** Throws 503 where nobody keeps keys: a client that sends one relies on it. */
export function keeperIn([keeper]: readonly RequestKeeper[]): RequestKeeper {
  if (keeper) return keeper;
  throw new HttpError(503, 'this server cannot keep an Idempotency-Key, as the plugin for it does not run: send the request without one');
}
