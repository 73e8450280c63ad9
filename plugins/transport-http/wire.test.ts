import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import * as z from 'zod';
import { wire } from './wire.js';

test('a named schema checks as before, and has its name', () => {
  const title = wire<{ title: string }>('Title')(z.object({ title: z.string() }));
  expect(title.parse({ title: 'x' })).toEqual({ title: 'x' });
  expect(title.meta()).toEqual({ id: 'Title' });
});

describe('the compiler', () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
  const at = (name: string) => join(root, name);
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(at('tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const plainRead = host.getSourceFile.bind(host);
  const read = new Map<string, ts.SourceFile | undefined>();
  let program: ts.Program | undefined;

  /** What the compiler says of a file, with the text of one file changed. */
  const problems = (file: string, changed?: { file: string; from: string; to: string }) => {
    host.getSourceFile = (name, ...rest) => {
      if (changed && name === at(changed.file)) {
        const text = readFileSync(name, 'utf8');
        expect(text.split(changed.from)).toHaveLength(2);
        return ts.createSourceFile(name, text.replace(changed.from, changed.to), ts.ScriptTarget.ES2022);
      }
      if (!read.has(name)) read.set(name, plainRead(name, ...rest));
      return read.get(name);
    };
    program = ts.createProgram([at(file)], options, host);
    const source = program.getSourceFile(at(file));
    return program.getSemanticDiagnostics(source).map((each) => ts.flattenDiagnosticMessageText(each.messageText, '\n'));
  };
  const cases = 'plugins/transport-http/wire.types.ts';
  const schema = 'plugins/session-orchestrator/chat-request.ts';
  const limit = 180_000;

  test(
    'takes every schema that agrees, and refuses every one that differs',
    () => {
      expect(problems(cases)).toEqual([]);
    },
    limit,
  );

  test(
    'says so when one of the expectations is taken away',
    () => {
      const from = '// @ts-expect-error a member that may be left out is missing\n';
      expect(problems(cases, { file: cases, from, to: '' })).toEqual([expect.stringContaining('this schema and its wire type differ')]);
    },
    limit,
  );

  test.each([
    ['a member of the schema is gone', schema, '    model: z.string().min(1).max(400).optional(),\n', ''],
    ['a member of the schema must be there now', schema, 'z.string().min(1).max(400).optional()', 'z.string().min(1).max(400)'],
    [
      'a member of the wire type is gone',
      'kernel/wire/http.ts',
      'model?: string; cwd?: string; reasoningEffort',
      'cwd?: string; reasoningEffort',
    ],
    ['a word of the wire type is new', 'kernel/wire/conversation.ts', "| 'xhigh' | 'max'", "| 'xhigh' | 'max' | 'ultra'"],
  ])(
    'refuses POST /chat when %s',
    (_what, file, from, to) => {
      expect(problems(schema)).toEqual([]);
      expect(problems(schema, { file, from, to })).toEqual([expect.stringContaining('this schema and its wire type differ')]);
    },
    limit,
  );
});
