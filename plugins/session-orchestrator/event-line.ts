import type { ChatEvent, ConversationStatus, StatusEvent } from 'dispatch/wire';
import type { Line } from './contract.js';

/**
 * Makes the lines of one turn. A delta is by far the most frequent event, so what all deltas of a turn have in common
 * is written once.
 */
export function lineMaker(conversationId: string, turnId: string): (event: ChatEvent) => Line {
  const shared = `"conversationId":${JSON.stringify(conversationId)},"turnId":${JSON.stringify(turnId)},"delta":`;
  const heads = { 'text-delta': `{"type":"text-delta",${shared}`, 'reasoning-delta': `{"type":"reasoning-delta",${shared}` };
  return (event) => {
    if (event.type !== 'text-delta' && event.type !== 'reasoning-delta') return { type: event.type, json: JSON.stringify(event) };
    return { type: event.type, json: `${heads[event.type]}${JSON.stringify(event.delta)}}` };
  };
}

export function statusLine(conversationId: string, status: ConversationStatus): Line {
  const event: StatusEvent = { type: 'status', conversationId, status };
  return { type: event.type, json: JSON.stringify(event) };
}
