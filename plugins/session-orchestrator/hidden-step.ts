import type { Clock, Config, TurnInput } from 'dispatch/kernel';

/**
 * What `runTurn` is given for one step of a turn that nobody sees: no tools, no second try, nothing told and nothing
 * stored. What is shown to the model, and how it is asked, is the caller's.
 */
export const hiddenStep = (config: Config, clock: Clock, conversationId: string, turnId: string) =>
  ({
    conversationId,
    turnId,
    clock,
    watchdog: { firstByteMs: config.number('watchdog.firstByteMs'), silenceMs: config.number('watchdog.silenceMs') },
    retry: { tries: 1, restarts: 0, baseMs: 0, maxMs: 0, afterMaxMs: 0 },
    maxSteps: 1,
    tools: [],
    policy: { maxConcurrent: 1, eager: false },
    context: { conversationId, turnId, cwd: config.text('cwd'), readableRoots: [] },
    random: () => 0,
    emit: () => undefined,
    steering: async () => undefined,
    check: () => undefined,
    shorten: (content: string) => content,
  }) satisfies Partial<TurnInput>;
