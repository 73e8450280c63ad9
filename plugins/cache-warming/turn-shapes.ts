import { type Message, service, type Tool, type TurnContext } from 'dispatch/kernel';

/** What puts a turn into shape before a model is shown it. */
export interface TurnShapes {
  /** Its tools, and the system message or nothing. */
  of(context: TurnContext): Promise<{ tools: readonly Tool[]; system: readonly Message[] }>;
  /** Its messages, as the filters want them. */
  messages(history: readonly Message[], context: TurnContext): Promise<readonly Message[]>;
}
/** The very service that real turns are shaped by; it meets its provider by the id. */
export const TurnShapes = service<TurnShapes>('dispatch.turn-shapes');
