import { expect, test } from '@jest/globals';
import { type EventListener, tell } from './events.js';

test('every listener is told, also after one that throws', () => {
  const heard: string[] = [];
  const reports: unknown[] = [];
  const hearing = (name: string): EventListener => ({ onEvent: (event) => void heard.push(`${name} ${event.type}`) });
  const broken: EventListener = {
    onEvent: () => {
      throw new Error('broken');
    },
  };
  const event = { type: 'turn-start', conversationId: 'c', turnId: 't' } as const;
  tell([hearing('a'), broken, hearing('c')], event, (thrown) => reports.push((thrown as Error).message));
  expect(heard).toEqual(['a turn-start', 'c turn-start']);
  expect(reports).toEqual(['broken']);
});
