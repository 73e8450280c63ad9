/**
 * Why a path is refused. `outside`: not in the working directory; `protected`: a file that holds secrets, or runs by
 * itself, by its name; `no-folder`: its folder, or the working directory, is not there; `kind`: neither a file nor a folder, or not the one asked for; `exists`: it is there and should
 * not be; `conflict`: somebody else changed it meanwhile; `unfit`: its content is not what the change is meant for;
 * `unwritten`: it could not be written and is as it was; the rest as their names say.
 */
export type RefusalCode =
  | 'outside'
  | 'protected'
  | 'missing'
  | 'no-folder'
  | 'exists'
  | 'kind'
  | 'unreadable'
  | 'invalid'
  | 'conflict'
  | 'unfit'
  | 'unwritten';

/** A path that a tool may not or cannot open or change; the message is fit for the model. */
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
