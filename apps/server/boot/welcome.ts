/** What a person reads once the server takes turns: its address, and one line that works. Pure. */
export function welcome(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  const address = `http://${name}:${port}`;
  const body = `{"conversationId":"first","message":"read README.md"}`;
  return [
    `Dispatch is listening on ${address}`,
    'Try:',
    `  curl -N ${address}/chat -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n');
}
