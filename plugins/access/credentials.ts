import type { IncomingMessage } from 'node:http';

type Shown = Pick<IncomingMessage, 'headers' | 'method'>;

/** The token a request shows; undefined when it shows none. Only the header counts: an address ends up in logs. */
export const bearer = ({ headers }: Shown): string | undefined => /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];

/** Whether a proxy passes on what somebody else asked: its own user says nothing about them. */
export const isForwarded = ({ headers }: Shown): boolean =>
  headers['x-forwarded-for'] !== undefined ||
  headers.forwarded !== undefined ||
  headers['x-real-ip'] !== undefined ||
  headers.via !== undefined;

/** Whether it changes nothing. */
export const isHarmless = ({ method }: Shown): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
