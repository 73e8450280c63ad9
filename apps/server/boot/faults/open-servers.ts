/** What somebody outside can connect to; this server's own come and go with its plugins at the start and the end only. */
const kinds: readonly string[] = ['TCPServerWrap', 'PipeServerWrap', 'UDPWrap'];

/** How many listening sockets this process has, by kind. */
export type OpenServers = ReadonlyMap<string, number>;

export function openServers(active: readonly string[] = process.getActiveResourcesInfo()): OpenServers {
  return new Map(kinds.map((kind) => [kind, active.filter((each) => each === kind).length]));
}

/** What there is more of than before, in words; undefined when there is nothing. Pure. */
export function leftOpen(before: OpenServers, after: OpenServers): string | undefined {
  const more = kinds.flatMap((kind) => {
    const count = (after.get(kind) ?? 0) - (before.get(kind) ?? 0);
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  return more.length > 0 ? more.join(', ') : undefined;
}
