import { service } from '../plugins/ids.js';

/** Knows every secret value of this process, so that none is written down or handed to a child process. */
export interface Secrets {
  /** Remembers a value that must never be shown; shorter than 6 characters it is not masked (it would hide words). */
  add(value: string): void;
  /** The text with each known secret replaced by `***`. */
  mask(text: string): string;
  /** A copy of an environment without variables that hold a secret or are named like one. */
  withoutSecrets(environment: Readonly<Record<string, string | undefined>>): Record<string, string>;
}
export const Secrets = service<Secrets>('dispatch.secrets');
