import { allowDroppedCode } from '../server/boot/dropped-code.js';

/**
 * Published as `dispatch/register`, for `node --import`: plugins and their tests may be written in TypeScript, and import
 * `dispatch/…`, as if this process were a server. This file stands at `apps/author/register.js` in the build.
 */
allowDroppedCode(new URL('../../', import.meta.url));
