/** What a new plugin is written in. */
export type Language = 'js' | 'ts';

export interface NewPlugin {
  /** Kebab-case: id of the plugin, name of its folder. */
  id: string;
  language: Language;
  /** Version of this Dispatch. */
  version: string;
  /** Where this Dispatch lies, seen from the new folder, as npm writes it behind `file:`. */
  dispatch: string;
}

/** The files of a new plugin, by name: a tool that works, its manifest, its test, its README. Pure. */
export function pluginFiles(about: NewPlugin): Record<string, string> {
  const { id, language } = about;
  const names = { ...about, className: pascal(id), toolName: id.replaceAll('-', '_') };
  const code: Record<string, string> =
    language === 'ts'
      ? { 'index.ts': tsPlugin(names), 'index.test.ts': test(names, './index.ts'), 'tsconfig.json': tsconfig }
      : { 'index.mjs': jsPlugin(names), 'index.test.mjs': test(names, './index.mjs') };
  return { 'package.json': packageFile(about), ...code, 'README.md': readme(names), '.gitignore': 'node_modules/\n.dispatch-data/\n' };
}

type Names = NewPlugin & { className: string; toolName: string };

const pascal = (id: string): string => id.replace(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());
const range = (version: string): string => `^${version.replace(/[-+].*$/, '')}`;

const packageFile = ({ id, language, dispatch }: NewPlugin): string =>
  `${JSON.stringify(
    {
      name: id,
      version: '0.1.0',
      private: true,
      type: 'module',
      scripts: { test: language === 'ts' ? 'node --import dispatch/register --test index.test.ts' : 'node --test' },
      dispatch: { entry: language === 'ts' ? 'index.ts' : 'index.mjs' },
      devDependencies: { dispatch: `file:${dispatch}` },
    },
    null,
    2,
  )}\n`;

const tsPlugin = ({ id, version, className, toolName }: Names): string => `import { plugin, type Tool, Tools } from 'dispatch/kernel';

@plugin({ id: '${id}', version: '0.1.0', engine: '${range(version)}', provides: Tools })
export default class ${className} implements Tool {
  readonly name = '${toolName}';
  readonly description = 'Greets somebody by name.';
  readonly input = {
    type: 'object',
    properties: { who: { type: 'string', minLength: 1, maxLength: 100, description: 'Whom to greet.' } },
    required: ['who'],
    additionalProperties: false,
  };

  execute({ who }: { who: string }): string {
    return \`Hello, \${who}!\`;
  }
}
`;

const jsPlugin = ({ id, version, className, toolName }: Names): string => `export default class ${className} {
  static plugin = { id: '${id}', version: '0.1.0', engine: '${range(version)}', provides: 'dispatch.tool[]' };

  name = '${toolName}';
  description = 'Greets somebody by name.';
  input = {
    type: 'object',
    properties: { who: { type: 'string', minLength: 1, maxLength: 100, description: 'Whom to greet.' } },
    required: ['who'],
    additionalProperties: false,
  };

  execute({ who }) {
    return \`Hello, \${who}!\`;
  }
}
`;

const test = ({ className, toolName }: Names, file: string): string => `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostWith, useTool } from 'dispatch/testing';
import ${className} from '${file}';

test('greets whoever is named', async () => {
  const host = await hostWith([${className}]);
  assert.deepEqual(await useTool(host, '${toolName}', { who: 'Ada' }), { content: 'Hello, Ada!', isError: false });
  await host.stop();
});
`;

const tsconfig = `{
  "compilerOptions": {
    "target": "ES2022",
    "module": "NodeNext",
    "strict": true,
    "noEmit": true,
    "allowImportingTsExtensions": true,
    "experimentalDecorators": true,
    "skipLibCheck": true
  }
}
`;

const readme = ({ id, toolName, language }: Names): string => `# ${id}

Gives the model \`${toolName} { who }\`, which greets somebody by name.

- **Provides** \`dispatch.tool[]\`.
- **Needs** nothing.
- **Settings**: none.

## Example

> Greet Ada with ${toolName}.

## Work on it

\`npm test\` runs its test, \`npx dispatch plugin test .\` tries what else a plugin has to stand. Both${language === 'ts' ? ', and the types,' : ''} come from
the Dispatch that \`package.json\` names; on another machine: \`npm install --save-dev <folder of Dispatch>\`.
`;
