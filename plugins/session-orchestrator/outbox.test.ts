import { expect, test } from '@jest/globals';
import { Outbox } from './outbox.js';

function deferred() {
  let resolve: () => void = () => undefined;
  let reject: (why: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

test('what waits for the disk holds back what follows it, and the order stays', async () => {
  const shown: string[] = [];
  const outbox = new Outbox<string>(
    (item) => shown.push(item),
    () => undefined,
  );
  const [first, second] = [deferred(), deferred()];
  outbox.put('a');
  outbox.put('b', first.promise);
  outbox.put('c');
  outbox.put('d', second.promise);
  expect(shown).toEqual(['a']);
  second.resolve();
  await second.promise;
  expect(shown).toEqual(['a']);
  first.resolve();
  await outbox.empty();
  expect(shown).toEqual(['a', 'b', 'c', 'd']);
});

test('when storing fails, nothing unstored is shown and the failure is told once', async () => {
  const shown: string[] = [];
  const failures: unknown[] = [];
  const outbox = new Outbox<string>(
    (item) => shown.push(item),
    (thrown) => failures.push(thrown),
  );
  const [first, second] = [deferred(), deferred()];
  outbox.put('a', first.promise);
  outbox.put('b', second.promise);
  first.reject('disk full');
  second.reject('disk full');
  await outbox.empty();
  outbox.put('c');
  await outbox.empty();
  expect({ shown, failures }).toEqual({ shown: [], failures: ['disk full'] });
});
