// The walls of docs/architecture.md: who may import whom.
const test = '\\.(test|types|fixture)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'wire-imports-nothing',
      comment: 'kernel/wire is what clients import: types only, from nowhere else.',
      severity: 'error',
      from: { path: '^kernel/wire/', pathNot: test },
      to: { pathNot: '^kernel/wire/' },
    },
    {
      name: 'kernel-stands-alone',
      comment: 'The kernel imports itself, inversify and reflect-metadata. Everything else is a plugin.',
      severity: 'error',
      from: { path: '^kernel/', pathNot: [test, '^kernel/wire/'] },
      to: { pathNot: ['^kernel/', '^node_modules/(inversify|reflect-metadata)/'] },
    },
    {
      name: 'kernel-has-one-door',
      comment: "Outside the kernel, import from 'dispatch/kernel', 'dispatch/wire' or 'dispatch/testing'.",
      severity: 'error',
      from: { path: '^(plugins|apps|config|plugin-packages|tests|examples)/' },
      to: { path: '^kernel/', pathNot: '^kernel/(index|wire/index|testing/index)\\.ts$' },
    },
    {
      name: 'plugins-meet-at-contracts',
      comment: "A plugin may import another plugin's contract.ts and nothing else of it.",
      severity: 'error',
      from: { path: '^plugins/([^/]+)/', pathNot: test },
      to: { path: '^plugins/', pathNot: ['^plugins/$1/', '^plugins/[^/]+/contract\\.ts$'] },
    },
    {
      name: 'plugins-know-no-app',
      comment: 'A plugin imports no app, no configuration loader and no test door.',
      severity: 'error',
      from: { path: '^plugins/', pathNot: test },
      to: { path: '^(apps|config|plugin-packages|tests|kernel/testing)/' },
    },
    {
      name: 'server-knows-contracts-only',
      comment: 'The server finds plugins in folders; of a plugin it may import contract.ts only.',
      severity: 'error',
      from: { path: '^apps/server/', pathNot: test },
      to: { path: '^(plugins/(?![^/]+/contract\\.ts$)|apps/(cli|web)/)' },
    },
    {
      name: 'clients-know-the-wire-only',
      comment:
        "The CLI and the web page are clients: of ours they may import 'dispatch/wire' only, as types; one file of the CLI reads this user's configuration, one installs packages, and one is the way to what authors of plugins need.",
      severity: 'error',
      from: { path: '^apps/(cli|web)/', pathNot: [test, '^apps/cli/(local-config|local-packages|author-tools)\\.ts$'] },
      to: { path: '^(kernel/(?!wire/index\\.ts$)|plugins/|config/|apps/(server|author|plugin-packages)/)' },
    },
    {
      name: 'author-knows-contracts-only',
      comment: "What authors of plugins need loads plugins as the server does; of the server's own it may import contracts only.",
      severity: 'error',
      from: { path: '^apps/author/', pathNot: test },
      to: { path: '^(plugins/(?!contracts\\.ts$|[^/]+/contract\\.ts$)|apps/(?!author/|plugin-packages/|server/boot/))' },
    },
    {
      name: 'config-knows-the-kernel-only',
      comment: 'Configuration is read, and packages are installed, before there are plugins.',
      severity: 'error',
      from: { path: '^(config|plugin-packages)/', pathNot: test },
      to: { path: '^(plugins|apps)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^apps/web/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
