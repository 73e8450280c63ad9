import type { Definition } from './definition.js';

/** A server that needs no configuration where one of its programs is found. */
export interface BuiltIn extends Pick<Definition, 'extensions' | 'rootMarkers' | 'initialization' | 'settings'> {
  id: string;
  name: string;
  /** The first that is found is used. */
  commands: readonly (readonly string[])[];
  /** It runs code of the project as it looks at it, so that the project has to be trusted first. */
  runsProject?: true;
  /** It runs the project's own TypeScript unless it is told of another. */
  wantsTypeScript?: true;
}

const locks = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'];

/** What none of them may do unasked: fetch types or schemas from the network, run what a repository brings. */
export const builtIns: readonly BuiltIn[] = [
  {
    ...{ id: 'typescript', name: 'TypeScript', wantsTypeScript: true },
    commands: [['typescript-language-server', '--stdio']],
    extensions: ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'],
    rootMarkers: [...locks, 'tsconfig.json', 'jsconfig.json', 'package.json'],
    // A second compiler that answers while the first one loads would answer in halves.
    initialization: { disableAutomaticTypingAcquisition: true, tsserver: { useSyntaxServer: 'never' } },
  },
  {
    ...{ id: 'python', name: 'Python' },
    commands: [['pyright-langserver', '--stdio'], ['basedpyright-langserver', '--stdio'], ['pylsp']],
    extensions: ['.py', '.pyi'],
    rootMarkers: ['pyrightconfig.json', 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'],
  },
  { ...{ id: 'go', name: 'Go' }, commands: [['gopls']], extensions: ['.go'], rootMarkers: ['go.work', 'go.mod'] },
  {
    ...{ id: 'rust', name: 'Rust', runsProject: true },
    commands: [['rust-analyzer']],
    extensions: ['.rs'],
    rootMarkers: ['Cargo.lock', 'Cargo.toml'],
  },
  {
    ...{ id: 'clangd', name: 'C/C++' },
    commands: [['clangd']],
    extensions: ['.c', '.h', '.cc', '.cpp', '.cxx', '.hh', '.hpp', '.hxx'],
    rootMarkers: ['compile_commands.json', 'compile_flags.txt', '.clangd'],
  },
  {
    ...{ id: 'json', name: 'JSON' },
    commands: [
      ['vscode-json-language-server', '--stdio'],
      ['vscode-json-languageserver', '--stdio'],
    ],
    extensions: ['.json', '.jsonc'],
    rootMarkers: [],
    initialization: { handledSchemaProtocols: ['file'] },
  },
  {
    ...{ id: 'yaml', name: 'YAML' },
    commands: [['yaml-language-server', '--stdio']],
    extensions: ['.yaml', '.yml'],
    rootMarkers: [],
    settings: { yaml: { schemaStore: { enable: false } } },
  },
  {
    ...{ id: 'bash', name: 'Bash' },
    commands: [['bash-language-server', 'start']],
    extensions: ['.sh', '.bash'],
    rootMarkers: [],
  },
];
