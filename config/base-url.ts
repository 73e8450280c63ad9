import { BlockList } from 'node:net';

const local = new BlockList();
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  local.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  local.addSubnet(net, bits, 'ipv6');

/** Why a text cannot be the address of a provider; undefined when it can. Never repeats the text: it may hold a key. */
export function baseUrlProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'must be an address such as https://api.example.com/v1';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// (or http://)';
  if (url.username !== '' || url.password !== '') return 'must not hold a user or a password: give the key as a key';
  if (url.search !== '' || url.hash !== '') return 'must end with its path, without ? and #';
  return undefined;
}

/** Whether a key sent to this address would cross other people's networks unencrypted, to a host not in `allowed`. */
export function wouldLeakKey(address: string, allowed: readonly string[]): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !isLocal(hostname) && !allowed.some((host) => host.toLowerCase() === hostname);
}

/** A name or an address of this machine or of the network it stands in. */
function isLocal(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (bare.includes(':')) return local.check(bare, 'ipv6');
  if (/^\d+(\.\d+){3}$/.test(bare)) return local.check(bare, 'ipv4');
  return !bare.includes('.') || /\.(localhost|local|lan|internal|home\.arpa)$/.test(bare);
}
