import { register } from 'node:module';

let registered = false;

/** Makes `import … from 'dispatch/kernel'` in dropped plugins mean this server's own copy, and TypeScript loadable. */
export function allowDroppedCode(): void {
  if (registered) return;
  registered = true;
  const at = (path: string) => new URL(path, import.meta.url).href;
  register(at('./plugin-hooks.js'), {
    data: {
      doors: {
        'dispatch/kernel': at('../../../kernel/index.js'),
        'dispatch/wire': at('../../../kernel/wire/index.js'),
        'dispatch/testing': at('../../../kernel/testing/index.js'),
      },
    },
  });
}
