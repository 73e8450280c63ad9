import { register } from 'node:module';

let registered = false;

/**
 * Makes `import … from 'dispatch/kernel'` in dropped plugins mean this server's own copy, and TypeScript loadable.
 * @param build the folder of the build
 */
export function allowDroppedCode(build: URL): void {
  if (registered) return;
  registered = true;
  const at = (path: string) => new URL(path, build).href;
  const doors = {
    'dispatch/kernel': at('kernel/index.js'),
    'dispatch/wire': at('kernel/wire/index.js'),
    'dispatch/testing': at('kernel/testing/index.js'),
    'dispatch/contracts': at('plugins/contracts.js'),
  };
  register(at('apps/server/boot/plugin-hooks.js'), { data: { doors } });
}
