/** The client contract as types only: importable by any client without pulling in the kernel. */
export type * from './conversation.js';
export type * from './events.js';
export type * from './http.js';
export type * from './surfaces.js';
export type * from './ws.js';
