const offline =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ENOTCACHED|ERR_SOCKET_TIMEOUT|FETCH_ERROR)$/;

/** What npm says on its error output, as a sentence. Pure. */
export function npmFailure(said: string, asked: string): string {
  const lines = said.split('\n').flatMap((line) => /^npm (?:error|ERR!) ?(.*)$/.exec(line.trim())?.[1] ?? []);
  const code = lines.flatMap((line) => /^code (\S+)/.exec(line)?.[1] ?? [])[0] ?? '';
  if (offline.test(code))
    return `npm could not reach the registry (${code}): check the network; a folder or a tarball that needs no further packages can be added without one`;
  if (code === 'E404') return `the registry has no package "${asked}", or one that it needs is not there: look at the name`;
  if (code === 'ETARGET') return `there is no such version of "${asked}", or of a package that it needs`;
  if (code === 'EINTEGRITY')
    return 'what arrived is not what the registry announced (its digest differs): try again, and do not use it if that goes on';
  if (code === 'E401' || code === 'E403') return `the registry refused to hand out "${asked}" (${code}): log in with npm first`;
  const words = lines.filter((line) => !/^(code|errno|syscall|path|A complete log|\s*$)/.test(line)).slice(0, 3);
  return `npm could not install "${asked}"${code && ` (${code})`}: ${words.join(' ').slice(0, 500) || 'it did not say why'}`;
}
