import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DescribedServer, type Told } from './described-server.fixture.js';
import type { Operation } from './document.fixture.js';

let described: DescribedServer;
let operations: readonly Operation[];
beforeAll(async () => {
  described = await DescribedServer.start({ http: { bodyLimit: 600_000 } });
  operations = described.document.operations;
}, 60_000);
afterAll(() => described.stop());

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

/** What is not as it should be about a refusal: its status, that the document names it, its shape. */
function complaints(operation: Operation, what: string, status: number, told: Told): string[] {
  const name = `${nameOf(operation)}, ${what}`;
  const documented = operation.errors.includes(status) ? [] : [`the document does not name ${status}`];
  const answered =
    told.status === status ? described.errorFaults(told) : [`${told.status} instead of ${status}: ${told.text.slice(0, 200)}`];
  return [...documented, ...answered].map((each) => `${name}: ${each}`);
}

/** Sends a request to every operation that fits, and collects what is wrong with the answers. */
async function every(fits: (operation: Operation) => boolean, ask: (operation: Operation) => Promise<string[]>): Promise<string[]> {
  const chosen = operations.filter(fits);
  expect(chosen.length).toBeGreaterThan(3);
  const all: string[] = [];
  for (const operation of chosen) all.push(...(await ask(operation)));
  return all;
}

const hasBody = ({ body }: Operation) => body !== undefined;
/** The address of an operation with everything in it that must be. */
const target = async (operation: Operation): Promise<string> => {
  const parts = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const schema = operation.parameters.find((each) => each.name === name)?.schema ?? {};
    return encodeURIComponent(String(described.samples.valid(schema, true)));
  });
  const required = operation.parameters.filter((each) => each.in === 'query' && each.required);
  const query = new URLSearchParams(
    required.map(({ name, schema }): [string, string] => [name, String(described.samples.valid(schema, true))]),
  );
  return query.size > 0 ? `${parts}?${query}` : parts;
};

describe('every route with a body refuses', () => {
  test('what its schema does not take: a member missing, of another type, out of bounds, or unknown where none may be', async () => {
    let sent = 0;
    const wrong = await every(hasBody, async (operation) => {
      const all: string[] = [];
      for (const [what, body] of described.samples.wrongBodies(operation.body?.schema ?? {})) {
        sent++;
        all.push(...complaints(operation, what, 400, await described.ask(operation, { body: body ?? Number.NaN })));
      }
      return all;
    });
    expect(wrong).toEqual([]);
    expect(sent).toBeGreaterThan(400);
  }, 120_000);

  test('members that reach for prototypes', async () => {
    const wrong = await every(hasBody, async (operation) => {
      const texts = ['{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}'];
      const told = await Promise.all(texts.map(async (text) => described.send(operation.method, await target(operation), text)));
      return told.flatMap((each, i) => complaints(operation, texts[i] as string, 400, each));
    });
    expect(wrong).toEqual([]);
  });

  test.each(['{"a":', '', 'undefined', '{"a":1}{', '\u0000'])('the text %j, which is no JSON', async (text) => {
    const mustHave = (operation: Operation) => hasBody(operation) && (text !== '' || operation.body?.required === true);
    const wrong = await every(mustHave, async (operation) =>
      complaints(operation, 'no JSON', 400, await described.send(operation.method, await target(operation), text)),
    );
    expect(wrong).toEqual([]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
    'JSON that is sent as %s',
    async (type) => {
      const wrong = await every(hasBody, async (operation) => {
        const text = JSON.stringify(described.samples.valid(operation.body?.schema ?? {}, true));
        return complaints(operation, type, 415, await described.send(operation.method, await target(operation), text, type));
      });
      expect(wrong).toEqual([]);
    },
  );

  test('a body over the limit', async () => {
    const text = JSON.stringify({ text: 'x'.repeat(600_000) });
    const wrong = await every(hasBody, async (operation) =>
      complaints(operation, 'too large', 413, await described.send(operation.method, await target(operation), text)),
    );
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe('every route with parameters refuses', () => {
  const parametersOf = (operation: Operation, where: 'path' | 'query') => operation.parameters.filter((each) => each.in === where);

  test('what the schema of a part of the path does not take', async () => {
    const wrong = await every(
      (operation) => parametersOf(operation, 'path').length > 0,
      async (operation) => {
        const all: string[] = [];
        for (const { name, schema } of parametersOf(operation, 'path'))
          for (const text of described.samples.wrongTexts(schema))
            all.push(
              ...complaints(
                operation,
                `${name} is ${JSON.stringify(text).slice(0, 20)}`,
                400,
                await described.ask(operation, { path: { [name]: text } }),
              ),
            );
        return all;
      },
    );
    expect(wrong).toEqual([]);
  });

  test('what the schema of a query parameter does not take', async () => {
    const wrong = await every(
      (operation) => parametersOf(operation, 'query').length > 0,
      async (operation) => {
        const all: string[] = [];
        for (const { name, schema } of parametersOf(operation, 'query'))
          for (const text of described.samples.wrongTexts(schema))
            all.push(
              ...complaints(operation, `${name}=${text.slice(0, 20)}`, 400, await described.ask(operation, { query: { [name]: text } })),
            );
        return all;
      },
    );
    expect(wrong).toEqual([]);
  });

  test('a query parameter that comes twice, and one that is not percent-encoded', async () => {
    const wrong = await every(
      (operation) => parametersOf(operation, 'query').length > 0,
      async (operation) => {
        const [first] = parametersOf(operation, 'query');
        const address = (await target(operation)).split('?')[0];
        const twice = await described.send(operation.method, `${address}?${first?.name}=1&${first?.name}=2`);
        const broken = await described.send(operation.method, `${address}?${first?.name}=%zz`);
        return [...complaints(operation, 'twice', 400, twice), ...complaints(operation, 'broken', 400, broken)];
      },
    );
    expect(wrong).toEqual([]);
  });
});

test('every path answers 405 with Allow to the methods it does not have, and 404 where there is no path', async () => {
  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
  for (const path of new Set(operations.map((each) => each.path))) {
    const known = operations.filter((each) => each.path === path).map(({ method }) => method);
    const address = path.replaceAll(/\{\w+\}/g, 'x');
    for (const method of methods.filter((each) => !known.includes(each))) {
      const told = await described.send(method, address);
      expect([method, path, told.status, described.errorFaults(told)]).toEqual([method, path, 405, []]);
      for (const each of known) expect(told.headers.get('allow')).toContain(each);
    }
    const nowhere = await described.send('GET', `/nowhere${address}`);
    expect([path, nowhere.status, described.errorFaults(nowhere)]).toEqual([path, 404, []]);
  }
});

test('nothing of all this has left a trace', async () => {
  expect(await described.server.get('/conversations')).toEqual({ conversations: [] });
  expect(await described.server.get('/health')).toEqual({ ok: true });
});
