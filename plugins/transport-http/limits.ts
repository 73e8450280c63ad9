import type { Config } from 'dispatch/kernel';

/** What a body may be. */
export interface BodyLimits {
  bytes: number;
  /** Levels of nesting. */
  depth: number;
}

/** How a server guards itself against slow and greedy clients. Bytes and milliseconds. */
export interface HttpLimits {
  /** Of one request's headers, its first line included. */
  headerBytes: number;
  /** How long the headers of a request may take to arrive. */
  headersMs: number;
  /** How long a whole request may take to arrive. Answers may take as long as they like. */
  bodyMs: number;
  /** Connections at once. */
  sockets: number;
  body: BodyLimits;
}

const defaults = {
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  bodyMs: 30_000,
  sockets: 1_000,
  bodyBytes: 16 * 1024 * 1024,
  depth: 64,
} as const;

/** The limits as configured, each under its `http.` key. */
export function httpLimitsFrom(config: Config): HttpLimits {
  const limit = (key: string, otherwise: number) => {
    const value = config.value(key);
    return typeof value === 'number' && value > 0 ? value : otherwise;
  };
  return {
    headerBytes: limit('http.headerLimit', defaults.headerBytes),
    headersMs: limit('http.headersMs', defaults.headersMs),
    bodyMs: limit('http.bodyMs', defaults.bodyMs),
    sockets: limit('http.maxSockets', defaults.sockets),
    body: { bytes: limit('http.bodyLimit', defaults.bodyBytes), depth: limit('http.jsonDepth', defaults.depth) },
  };
}

/** The same in the words of `node:http`, for every server of ours. */
export const serverOptions = ({ headerBytes, headersMs, bodyMs }: HttpLimits) => ({
  maxHeaderSize: headerBytes,
  headersTimeout: Math.min(headersMs, bodyMs),
  requestTimeout: bodyMs,
  connectionsCheckingInterval: Math.min(1_000, headersMs, bodyMs),
  keepAliveTimeout: 30_000,
  highWaterMark: 64 * 1024,
  /** The missing Host header is told in JSON, by the access check. */
  requireHostHeader: false,
  noDelay: true,
});
