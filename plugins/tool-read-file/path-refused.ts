/**
 * Why a path is refused. `outside`: not in the working directory; `secret`: a file that holds secrets by its name;
 * `kind`: neither a file nor a folder, or not the one asked for; the rest as their names say.
 */
export type RefusalCode = 'outside' | 'secret' | 'missing' | 'kind' | 'unreadable' | 'invalid';

/** A path that a tool may not or cannot open; the message is fit for the model. */
export class PathRefused extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'PathRefused';
  }
}
