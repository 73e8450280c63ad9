import type { Access } from '../../../plugins/access/contract.js';

/** What a person reads once the server takes turns: its address, how to get in, and one line that works. */
export function welcome(host: string, port: number, access: Access): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host;
  const address = `http://${name}:${port}`;
  const body = `{"conversationId":"first","message":"read README.md"}`;
  const lines = [`Dispatch is listening on ${address}`];
  if (access.mode === 'off') lines.push('ACCESS CONTROL IS OFF: anybody who reaches this address can run commands as you.');
  if (access.tokenNeeded) lines.push('Open in a browser (good once, within five minutes):', `  ${address}${access.launchPath()}`);
  lines.push('Try:', `  ${withToken(access)} ${address}/chat -H 'content-type: application/json' -d '${body}'`, '');
  return lines.join('\n');
}

/** `curl` with what lets it in. The token is handed over in a pipe: what stands in a command line, others can read. */
function withToken({ tokenNeeded, tokenFile }: Access): string {
  if (!tokenNeeded) return 'curl -N';
  const header = 'header = "authorization: Bearer';
  const source = tokenFile === undefined ? `printf '${header} %s"' "$DISPATCH_TOKEN"` : `sed 's/.*/${header} &"/' '${tokenFile}'`;
  return `${source} | curl -N -K -`;
}
