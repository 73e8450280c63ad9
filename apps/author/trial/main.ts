import { messageOf } from 'dispatch/kernel';
import { culpritIn } from '../../server/boot/faults/blame.js';
import { keepAlive } from '../../server/boot/faults/keep-alive.js';
import type { TrialNews, TrialOrder } from '../checks.js';
import { Trials } from './trials.js';

/** A process that tries one plugin; `test-plugin.ts` starts it and listens. Stands at `apps/author/trial/main.js` in the build. */

const tell = (news: TrialNews): void => void process.send?.(news);

const order = JSON.parse(process.argv[2] as string) as TrialOrder;
const uncaught: string[] = [];
for (const fault of ['uncaughtException', 'unhandledRejection']) process.on(fault, (thrown: unknown) => uncaught.push(messageOf(thrown)));
keepAlive(
  (stack) => culpritIn(stack, [order.source]),
  (_, sentence) => uncaught.push(sentence),
);

const runs = await new Trials(order, new URL('../../../', import.meta.url), tell, uncaught).run();
tell({ done: { runs } });
