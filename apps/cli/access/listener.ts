/** The users that listen on a port, as a table such as `/proc/net/tcp` tells. */
export function listeners(table: string, port: number): number[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((row) => {
    const [, local = '', , state, , , , uid = ''] = row.trim().split(/\s+/);
    return state === '0A' && local.endsWith(wanted) ? [Number(uid)] : [];
  });
}

/**
 * Whether what listens there may be told this user's token: whoever runs it can read the token anyway, or nobody can
 * say who that is. Another user of this machine could have taken the port to collect tokens.
 */
export const mayBeTold = (listening: readonly number[], own: number | undefined): boolean =>
  own === undefined || listening.every((uid) => uid === own || uid === 0);

/** Whether an address means this machine. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
