/** The libraries of the protocol and of its framing. */
export type Protocol = typeof import('vscode-languageserver-protocol/node') &
  Pick<typeof import('vscode-jsonrpc/node'), 'StreamMessageReader' | 'StreamMessageWriter'>;

/** Loads them, with the first server that is started; by their default: of a CommonJS module a bundle knows no other name. */
export async function loadProtocol(): Promise<Protocol> {
  const [{ default: protocol }, { default: framing }] = await Promise.all([
    import('vscode-languageserver-protocol/node'),
    import('vscode-jsonrpc/node'),
  ]);
  const { StreamMessageReader, StreamMessageWriter } = framing;
  return { ...protocol, StreamMessageReader, StreamMessageWriter };
}
