/** The first value of a cookie in a `Cookie` header; undefined when there is none. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** A `Set-Cookie` header for a cookie that scripts cannot read and other sites cannot make a browser send. */
export const cookieHeader = (name: string, value: string, { maxAgeS, secure }: { maxAgeS: number; secure: boolean }): string =>
  `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
