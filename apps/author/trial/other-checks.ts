import { type CredentialSource, CredentialSources, type SurfaceProvider, Surfaces } from 'dispatch/contracts';
import {
  EventListeners,
  type Filter,
  type Message,
  MessageFilters,
  messageOf,
  PromptFilters,
  type Slot,
  ToolFilters,
  Tools,
} from 'dispatch/kernel';
import { turnContext } from 'dispatch/testing';
import type { TurnEvent } from 'dispatch/wire';
import { type Check, check } from '../checks.js';
import { within } from './within.js';

/** Nobody looks at a surface that is larger, in characters. */
const mostShown = 256 * 1024;
const answerMs = 5_000;

interface Looking {
  /** What the plugin has put into a slot. */
  filling<T>(slot: Slot<T>): readonly T[];
  cwd: string;
}

/** What a plugin has to stand for what it adds besides tools. */
export async function otherChecks({ filling, cwd }: Looking): Promise<Check[]> {
  const checks: Check[] = [];
  for (const surface of filling(Surfaces))
    checks.push(check(`its surface "${surface.entry.id}" can be shown`, await surfaceProblem(surface)));
  const context = turnContext({ cwd });
  const ask = async <T>(what: string, filters: readonly Filter<T>[], value: T): Promise<void> => {
    for (const each of filters) {
      const found = await within(answerMs, () => each.filter(value, context));
      const problem =
        found === 'late' ? `it gave no answer within ${answerMs / 1000} s` : 'thrown' in found ? messageOf(found.thrown) : undefined;
      checks.push(check(`its filter of ${what} takes a value and gives one`, problem));
    }
  };
  await ask('tools', filling(ToolFilters), filling(Tools));
  await ask('the system prompt', filling(PromptFilters), 'You are a helpful assistant.');
  await ask('messages', filling(MessageFilters), messages);
  for (const each of filling(EventListeners))
    checks.push(check('its event listener takes every event', listenerProblem(each.onEvent.bind(each))));
  for (const each of filling(CredentialSources)) checks.push(check('its credentials have a name and a provider', credentialProblem(each)));
  return checks;
}

function credentialProblem(source: CredentialSource): string | undefined {
  try {
    const isText = (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('/');
    const wrong = source.credentials().find(({ name, provider }) => !isText(name) || !isText(provider));
    return wrong && `one is called ${JSON.stringify(wrong.name)} and names the provider ${JSON.stringify(wrong.provider)}`;
  } catch (thrown) {
    return `credentials() threw: ${messageOf(thrown)}`;
  }
}

async function surfaceProblem(surface: SurfaceProvider): Promise<string | undefined> {
  const found = await within(answerMs, () => surface.render(surface.entry.scope === 'conversation' ? 'test' : undefined));
  if (found === 'late') return `render() gave no answer within ${answerMs / 1000} s`;
  if ('thrown' in found) return `render() threw: ${messageOf(found.thrown)}`;
  const { id, title, region, fields } = Object(found.answer) as Record<string, unknown>;
  if (id !== surface.entry.id) return `render() answered the id ${JSON.stringify(id)}, and its entry says "${surface.entry.id}"`;
  if (typeof title !== 'string' || typeof region !== 'string' || !Array.isArray(fields))
    return 'render() answered no { id, title, region, fields }';
  const action = fields
    .map((each) => each?.action?.actionId)
    .find((each) => each !== undefined && !Object.hasOwn(surface.actions ?? {}, each));
  if (action !== undefined) return `a field asks for the action "${action}", which the surface does not have`;
  const size = JSON.stringify(fields).length;
  return size > mostShown ? `it has ${size} characters, and ${mostShown} are plenty` : undefined;
}

const messages: readonly Message[] = [
  { role: 'system', chunks: [{ type: 'system', text: 'You are a helpful assistant.' }] },
  { role: 'user', chunks: [{ type: 'text', text: 'Hello.' }] },
  { role: 'assistant', chunks: [{ type: 'tool-call', toolCallId: 'c', toolName: 'dice', input: {} }] },
  { role: 'tool', chunks: [{ type: 'tool-result', toolCallId: 'c', toolName: 'dice', content: '4', isError: false }] },
];

const of = { conversationId: 'test', turnId: 'test' };
const usage = { inputTokens: 1, outputTokens: 1 };
const call = { stepId: 'test#0', toolCallId: 'c', toolName: 'dice' };
const events: readonly TurnEvent[] = [
  { ...of, type: 'user-message', text: 'Hello.' },
  { ...of, type: 'turn-start' },
  { ...of, type: 'reasoning-delta', delta: 'Hm' },
  { ...of, type: 'text-delta', delta: 'Hi' },
  { ...of, type: 'tool-call', ...call, input: {} },
  { ...of, type: 'tool-output', toolCallId: 'c', data: '4', stream: 'stdout' },
  { ...of, type: 'tool-result', ...call, content: '4', isError: false },
  { ...of, type: 'usage', usage },
  { ...of, type: 'step-complete', stepId: 'test#0' },
  { ...of, type: 'steering', text: 'And?' },
  { ...of, type: 'provider-retry', attempt: 0, delayMs: 1, message: 'busy' },
  { ...of, type: 'error', message: 'broken' },
  { ...of, type: 'done', reason: 'stop', usage },
  { ...of, type: 'turn-sealed' },
];

function listenerProblem(tell: (event: TurnEvent) => unknown): string | undefined {
  for (const event of [...events, { ...of, type: 'of-a-later-version' } as unknown as TurnEvent]) {
    try {
      const answer = tell(event);
      if (answer instanceof Promise) answer.catch(() => undefined);
    } catch (thrown) {
      return `for "${event.type}" it threw: ${messageOf(thrown)}`;
    }
  }
  return undefined;
}
