/** Addresses that a key is sent to, and the key; a key goes only where its owner sent it. */
export const addresses: readonly (readonly [address: string, key: string])[] = [
  ['provider.baseUrl', 'provider.apiKey'],
  ['umans.baseUrl', 'umans.apiKey'],
  ['tools.web.baseUrl', 'tools.web.apiKey'],
];

/** Settings that nobody may be shown: keys, and the server's own token. */
export const keySettings: readonly string[] = [...addresses.map(([, key]) => key), 'access.token'];
