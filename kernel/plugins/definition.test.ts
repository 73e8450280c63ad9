import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { Logger } from '../contracts/logger.js';
import { type Tool, Tools } from '../contracts/tool.js';
import { definePlugin, definitionsFrom, inject, plugin } from './definition.js';
import { service, slot } from './ids.js';

@plugin({ id: 'dice', version: '1.0.0', provides: Tools })
class Decorated implements Tool {
  readonly name = 'dice';
  readonly description = 'Roll one six-sided die.';
  readonly input = { type: 'object', properties: {} };
  constructor(@inject(Logger) private readonly logger: Logger) {}
  async execute() {
    this.logger.info('rolled');
    return '4';
  }
}

class Plain {
  static plugin = { id: 'dice', version: '1.0.0', provides: 'dispatch.tool[]', inject: ['dispatch.logger'] };
  name = 'dice';
  constructor(readonly logger: Logger) {}
}

const spelt = definePlugin({
  id: 'dice',
  version: '1.0.0',
  provides: Tools,
  inject: { logger: Logger },
  create: ({ logger }) => ({
    name: 'dice',
    description: 'Roll one six-sided die.',
    input: {},
    execute: async () => {
      logger.info('rolled');
      return '4';
    },
  }),
});

const only = (exported: unknown) => {
  const [definition, ...others] = definitionsFrom(exported, 'the test');
  if (!definition || others.length > 0) throw new Error('one definition was expected');
  return definition;
};
const refusal = (exported: unknown): string => {
  try {
    definitionsFrom(exported, '/plugins/x');
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('nothing was refused');
};

describe('three spellings', () => {
  test('of one plugin give one definition', () => {
    const [a, b, c] = [Decorated, Plain, spelt].map((each) => ({ ...only(each), build: undefined }));
    expect(a).toEqual({ id: 'dice', version: '1.0.0', provides: ['dispatch.tool[]'], needs: ['dispatch.logger'], build: undefined });
    expect(b).toEqual(a);
    expect(c).toEqual(a);
  });

  test('are built from what they need, in order', async () => {
    const logger = { name: 'the logger' };
    expect(only(Decorated).build(logger)).toMatchObject({ name: 'dice', logger });
    expect(only(Plain).build(logger)).toMatchObject({ name: 'dice', logger });
    expect(await only(spelt).build(logger)).toMatchObject({ name: 'dice' });
  });

  test('a list holds any of them, also lists', () => {
    expect(definitionsFrom([Decorated, [Plain, spelt]], 'x').map(({ id }) => id)).toEqual(['dice', 'dice', 'dice']);
  });

  test('a class without a constructor of its own needs what the one it extends needs', () => {
    @plugin({ id: 'dice-two', provides: Tools })
    class Two extends Decorated {}
    expect(only(Two).needs).toEqual(['dispatch.logger']);
  });

  test('a subclass with parameters of its own must name them itself', () => {
    class Base {
      constructor(@inject(Logger) readonly logger: Logger) {}
    }
    @plugin({ id: 'three', provides: [] })
    class Three extends Base {
      constructor(
        logger: Logger,
        readonly more: string,
      ) {
        super(logger);
      }
    }
    expect(refusal(Three)).toContain('parameter 1 of its constructor has no @inject');
  });
});

test('two copies of an id are the same id', () => {
  expect(service('dispatch.logger')).toBe(Logger);
  expect(slot('dispatch.tool[]')).toBe(Tools);
});

describe('refused', () => {
  test('a constructor parameter without @inject', () => {
    @plugin({ id: 'bare', provides: [] })
    class Bare {
      constructor(
        @inject(Logger) readonly logger: Logger,
        readonly other: string,
        @inject(Tools) readonly tools: readonly Tool[],
      ) {}
    }
    expect(refusal(Bare)).toBe('plugin "bare" (/plugins/x): parameter 2 of its constructor has no @inject(…), or its id was undefined');
  });

  test('an id that is undefined because two files import each other', () => {
    const missing = undefined as unknown as typeof Logger;
    expect(refusal(definePlugin({ id: 'a', provides: [], inject: { logger: missing }, create: () => ({}) }))).toContain('"inject" must be');
    expect(refusal(definePlugin({ id: 'a', provides: missing, create: () => ({}) as Logger }))).toContain('"provides" must be');
  });

  test('a symbol that two copies could not share', () => {
    const local = Symbol('mine') as unknown as typeof Logger;
    expect(refusal(definePlugin({ id: 'a', provides: [], inject: { local }, create: () => ({}) }))).toContain('"inject" must be');
  });

  test('an unknown field of a static block, with the nearest name', () => {
    class Typo {
      static plugin = { id: 'typo', provide: 'dispatch.tool[]' };
      readonly name = 'typo';
    }
    expect(refusal(Typo)).toBe('the plugin at /plugins/x: unknown field "provide"; did you mean "provides"?');
  });

  test('a class that says nothing, and anything that is no plugin', () => {
    class Silent {}
    expect(refusal(Silent)).toBe('/plugins/x exports the class "Silent" without @plugin({ … }) and without a static "plugin" block');
    for (const none of [undefined, null, {}, 'text', 42]) expect(refusal(none)).toContain('/plugins/x has no plugin as its default export');
  });

  test('an id that is no folder name', () => {
    for (const id of ['', 'Dice', 'a_b', '../up', '__proto__', 'a--b', 'x'.repeat(65)]) {
      expect(refusal(definePlugin({ id, provides: [], create: () => ({}) }))).toContain('"id" must be kebab-case');
    }
  });
});

describe('the compiler', () => {
  const folder = dirname(fileURLToPath(import.meta.url));
  const file = join(folder, 'definition.types.ts');
  const root = join(folder, '../..');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
  const problems = (text: string) => {
    const host = ts.createCompilerHost(options);
    const plainRead = host.getSourceFile.bind(host);
    host.getSourceFile = (name, ...rest) =>
      name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : plainRead(name, ...rest);
    const program = ts.createProgram([file], options, host);
    return ts.getPreEmitDiagnostics(program).map((each) => ts.flattenDiagnosticMessageText(each.messageText, '\n'));
  };
  const text = readFileSync(file, 'utf8');
  const limit = 120_000;

  test(
    'refuses every wrong injection and takes every right one',
    () => {
      expect(problems(text)).toEqual([]);
    },
    limit,
  );

  test(
    'says so when one of the expectations is taken away',
    () => {
      const lines = text.split('\n');
      const at = lines.findIndex((line) => line.includes('@ts-expect-error'));
      expect(problems(lines.toSpliced(at, 1).join('\n'))).toHaveLength(1);
    },
    limit,
  );
});
