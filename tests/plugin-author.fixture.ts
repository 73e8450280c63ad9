import { writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Trial, testPlugin } from '../apps/author/index.js';
import { root } from './real-server.fixture.js';

/** The folder of the build that the tests use. */
export const build = pathToFileURL(resolve(root, process.env.DISPATCH_TEST_DIST ?? 'dist') + sep);

/** Faulty plugins, each with the check that finds it and the words that it finds. Members of a class with one tool. */
export const faulty: Record<string, { code: string; finds: [name: string | RegExp, detail: RegExp] }> = {
  'leaves-timers': {
    code: plugin('leaves-timers', "execute() { return 'x'; } start() { setInterval(() => {}, 1000); process.on('SIGUSR2', () => {}); }"),
    finds: ['leaves nothing behind when it stops', /22 starts have left 44 timers or process listeners behind/],
  },
  'keeps-a-port': {
    code: `import { createServer } from 'node:net';
const server = createServer();
${plugin('keeps-a-port', "execute() { return 'x'; } async start() { this.server = createServer().listen('taken.sock'); await new Promise((done, fail) => this.server.once('listening', done).once('error', fail)); }")}`,
    finds: ['lets a newer generation start beside it', /EADDRINUSE/],
  },
  'never-answers': {
    code: plugin('never-answers', "execute({ a }) { return a === undefined ? new Promise(() => {}) : 'x'; }"),
    finds: ['its tool "a_tool" answers what its schema takes', /for {} it gave no answer within 1\.2 s/],
  },
  'goes-on': {
    code: plugin('goes-on', "execute() { return new Promise((done) => setTimeout(done, 600, 'x')); }"),
    finds: ['its tool "a_tool" ends when its turn is stopped', /hand context\.signal on/],
  },
  'slips-and-talks': {
    code: plugin('slips-and-talks', 'execute({ a }) { return a.toUpperCase().repeat(60_000); }'),
    finds: ['its tool "a_tool" gives an answer of a size that a model can read', /60000 characters/],
  },
  'no-schema': {
    code: plugin('no-schema', "execute() { return 'x'; }").replace("type: 'string'", "type: 'text'"),
    finds: [/has a name, a description and a schema/, /its schema is none/],
  },
  'ends-the-process': {
    code: plugin('ends-the-process', "execute() { return 'x'; } start() { process.exit(3); }"),
    finds: ['starts in time, with no more than it says it needs', /process\.exit\(\) is refused/],
  },
  'never-returns': {
    code: `for (;;);\n${plugin('never-returns', "execute() { return 'x'; }")}`,
    finds: ['stays alive while it is tried', /it held up its process for 3 s while it was imported, and so would a server/],
  },
  'writes-at-import': {
    code: `import { writeFileSync } from 'node:fs';
import { execSync } from 'node:child_process';
writeFileSync('trace.txt', 'x');
execSync('true');
${plugin('writes-at-import', "execute() { return 'x'; }")}`,
    finds: ['does nothing else while it is imported', /it changed .*trace\.txt, it started a program \(true\): do that in start\(\)/],
  },
  'wants-more': {
    code: plugin('wants-more', "execute() { return 'x'; }", ", inject: ['acme.metrics']"),
    finds: ['starts in time, with no more than it says it needs', /nothing in Dispatch provides acme\.metrics/],
  },
  'made-while-it-runs': {
    code: `const id = ['made', 'while', 'it', 'runs'].join('-');\n${plugin('x', "execute() { return 'x'; }").replace("'x'", 'id')}`,
    finds: ['says what it is without being run', /plain values only/],
  },
  grows: {
    code: `globalThis.kept ??= [];\n${plugin('grows', "execute() { return 'x'; } start() { globalThis.kept.push(Array.from({ length: 100_000 }, (_, i) => ({ i }))); }")}`,
    finds: ['can be reloaded 20 times without growing', /each reload keeps \d+ KiB/],
  },
  'rejects-later': {
    code: plugin('rejects-later', "execute() { return 'x'; } start() { setTimeout(() => Promise.reject(new Error('too late')), 10); }"),
    finds: [/throws nothing where nobody catches it/, /too late/],
  },
};

function plugin(id: string, members: string, more = ''): string {
  return `export default class {
  static plugin = { id: '${id}', version: '1.0.0', engine: '*', provides: 'dispatch.tool[]'${more} };
  name = 'a_tool'; description = 'Says x.'; input = { type: 'object', properties: { a: { type: 'string' } } };
  ${members}
}
`;
}

/** Tries one of them, with less patience than people have. */
export function tried(folder: string, name: string): Promise<Trial> {
  writeFileSync(join(folder, `${name}.mjs`), faulty[name]?.code ?? '');
  const silenceMs = name === 'never-returns' ? 3_000 : 30_000;
  return testPlugin({ path: `${name}.mjs`, cwd: folder, calls: true, version: '0.1.0', build, silenceMs, patienceMs: 1_200 });
}
