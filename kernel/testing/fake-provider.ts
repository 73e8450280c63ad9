import type { Credential, Provider, StepPart, StepRequest } from '../contracts/provider.js';

/**
 * One thing a scripted step does: give a part, throw an error, hang until it is aborted, or wait for a function (a gate
 * of the test; one that never resolves is a provider that does not listen to an abort).
 */
export type Scripted = StepPart | Error | 'hang' | (() => unknown);

export interface FakeProvider extends Provider {
  /** What was asked, in order. */
  readonly requests: StepRequest[];
}

/** A provider that plays a script: the n-th request gets the n-th step. */
export function fakeProvider(script: readonly (readonly Scripted[])[], kind = 'fake'): FakeProvider {
  const requests: StepRequest[] = [];
  async function* stream(_: Credential, request: StepRequest): AsyncGenerator<StepPart> {
    const step = script[requests.push(request) - 1];
    if (!step) throw new Error(`the script has ${script.length} steps, and one more was asked for`);
    for (const each of step) {
      if (each instanceof Error) throw each;
      if (each === 'hang') await aborted(request.signal);
      else if (typeof each === 'function') await each();
      else yield each;
    }
  }
  return { kind, requests, stream, models: async () => [{ id: 'fake-1' }] };
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
