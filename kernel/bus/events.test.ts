import { expect, test } from '@jest/globals';
import { tell } from './events.js';

test('every listener is told, also after one that throws', () => {
  const heard: string[] = [];
  const reports: unknown[] = [];
  const listeners = [
    (event: string) => void heard.push(`a ${event}`),
    () => {
      throw new Error('broken');
    },
    (event: string) => void heard.push(`c ${event}`),
  ];
  tell(listeners, 'hello', (thrown) => reports.push((thrown as Error).message));
  expect(heard).toEqual(['a hello', 'c hello']);
  expect(reports).toEqual(['broken']);
});
