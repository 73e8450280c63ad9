import { type Service, service } from 'dispatch/kernel';

/** What a person has to know to get in; for whoever greets people at start. */
export interface Access {
  /** `same-user`: this machine's user needs nothing; `token`: everybody needs the token; `off`: anybody may do anything. */
  readonly mode: 'same-user' | 'token' | 'off';
  /** The file the token is in; undefined when the environment gave it, or when none is needed. */
  readonly tokenFile: string | undefined;
  /** Whether the user of this server, too, has to show something: a token, or in a browser a launch code. */
  readonly tokenNeeded: boolean;
  /** Path and query of an address that lets one browser in, once and within five minutes. */
  launchPath(): string;
}
export const Access: Service<Access> = service<Access>('dispatch.access');
