import { type Message, service, type Tool, type TurnContext } from 'dispatch/kernel';

/** What a model is shown of a turn before its messages are known. */
export interface Shape {
  tools: readonly Tool[];
  /** The system message, or nothing. */
  system: readonly Message[];
}

/** Puts a turn into the shape that the plugins give it: tools, system prompt, messages. */
export interface TurnShapes {
  of(context: TurnContext): Promise<Shape>;
  messages(history: readonly Message[], context: TurnContext): Promise<readonly Message[]>;
}
export const TurnShapes = service<TurnShapes>('dispatch.turn-shapes');
