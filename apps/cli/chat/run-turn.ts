import type { ChatRequest } from 'dispatch/wire';
import { CliError, exitCodes, failure, Refused } from '../cli-error.js';
import type { Client } from '../client.js';
import type { Screen } from '../terminal/screen.js';
import { onFirstInterrupt } from '../terminal/signals.js';
import { TurnView } from './show-event.js';

type Request = ChatRequest & { conversationId: string };
type Tools = { client: Client; screen: Screen };

/** Runs one turn and shows it. The first Ctrl-C stops it and waits for its end. Answers the exit code. */
export async function runTurn(
  request: Request,
  { showReasoning = false, open = false }: { showReasoning?: boolean; open?: boolean },
  { client, screen }: Tools,
): Promise<number> {
  const id = request.conversationId;
  const view = new TurnView(screen, showReasoning);
  let interrupted = false;
  const stop = () => {
    client.stop(id).catch((error: Error) => {
      screen.note(`the turn could not be stopped: ${error.message}`, 'red');
      process.exit(exitCodes.interrupted);
    });
  };
  onFirstInterrupt(() => {
    interrupted = true;
    screen.note('stopping the turn; Ctrl-C again quits at once', 'dim');
    stop();
  });

  let broken: CliError | undefined;
  let opened: Promise<void> | undefined;
  try {
    for await (const event of client.chat(request)) {
      // The conversation is there from its first event on.
      if (open) opened ??= inBackground(client.open(id), screen);
      view.show(event);
      // The first try may have come before there was a turn to stop.
      if (interrupted && event.type === 'turn-start') stop();
      if (view.sealed) break;
    }
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Refused || error.exitCode === exitCodes.noServer) throw error;
    broken = error;
  }
  await opened;
  if (!screen.json) screen.line(id, 'dim', '[conversation]');
  if (interrupted) return exitCodes.interrupted;
  if (view.sealed) return outcome(view.reason, screen);
  throw failure(`${broken?.message ?? 'the server ended the answer before the turn was over'}. ${await whereItStands(id, client)}`);
}

/** What is worth a word when it fails, but not the command. */
export async function inBackground(work: Promise<unknown>, screen: Screen): Promise<void> {
  await work.catch((error: Error) => screen.note(`the front ends could not be asked to show it: ${error.message}`, 'red'));
}

/** How to come by the rest of a turn whose connection broke. A turn does not end with its listener. */
async function whereItStands(id: string, client: Client): Promise<string> {
  const isActive = await client.status(id).then(
    (answer) => answer.isActive,
    () => undefined,
  );
  if (isActive) return `The turn goes on: "dispatch read ${id} --last" waits for its end and shows the answer`;
  if (isActive === false) return `The turn is over: see "dispatch read ${id}"`;
  return `The turn may still go on: see "dispatch read ${id}" when the server answers again`;
}

/** What the end of a turn means for the process. */
function outcome(reason: string | undefined, screen: Screen): number {
  if (reason === 'error') return exitCodes.failed;
  if (reason === 'aborted') screen.note('the turn was stopped');
  if (reason === 'max-steps') screen.note('the turn ended at its limit of steps; send another message to go on');
  if (reason === 'length') screen.note('the answer was cut: the model reached its limit of output');
  return reason === 'aborted' || reason === 'max-steps' ? exitCodes.failed : exitCodes.fine;
}
