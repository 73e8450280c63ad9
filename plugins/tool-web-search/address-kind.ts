import { BlockList, isIP } from 'node:net';

/**
 * Where an IP address leads. `private`: the networks of a house or a firm; `link-local`: the wire, with the metadata
 * services of clouds; `reserved`: nowhere that a web page could be.
 */
export type AddressKind = 'public' | 'loopback' | 'private' | 'link-local' | 'reserved';

const ipv4: readonly (readonly [net: string, bits: number, kind: AddressKind])[] = [
  ['0.0.0.0', 8, 'loopback'],
  ['127.0.0.0', 8, 'loopback'],
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['169.254.0.0', 16, 'link-local'],
  // Where Azure answers its own machines.
  ['168.63.129.16', 32, 'link-local'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['192.88.99.0', 24, 'reserved'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 3, 'reserved'],
];

/** Of IPv6 only 2000::/3 is in use on the internet; these parts of it are not. */
const ipv6: readonly (readonly [net: string, bits: number, kind: AddressKind])[] = [
  ['::', 128, 'loopback'],
  ['::1', 128, 'loopback'],
  ['fc00::', 7, 'private'],
  ['fec0::', 10, 'private'],
  ['fe80::', 10, 'link-local'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'reserved'],
  ['2002::', 16, 'reserved'],
  ['3fff::', 20, 'reserved'],
];

const rules = [...ipv4.map((rule) => ({ rule, type: 'ipv4' as const })), ...ipv6.map((rule) => ({ rule, type: 'ipv6' as const }))].map(
  ({ rule: [net, bits, kind], type }) => {
    const list = new BlockList();
    list.addSubnet(net, bits, type);
    return { list, type, kind };
  },
);

/** The kind of an IP address, in any spelling that `net.isIP` takes; anything else counts as `reserved`. */
export function addressKind(address: string): AddressKind {
  const type = isIP(address);
  if (type === 4) return kindIn(address, 'ipv4') ?? 'public';
  if (type !== 6) return 'reserved';
  const [bare = ''] = address.split('%');
  const groups = groupsOf(bare);
  const prefix = groups.slice(0, 6).join(':');
  // IPv4 in disguise: mapped, or as a network without IPv4 spells it.
  if (prefix === '0:0:0:0:0:ffff' || prefix === '64:ff9b:0:0:0:0') return addressKind(lastFour(groups));
  const known = kindIn(bare, 'ipv6');
  if (known) return known;
  return /^[23][0-9a-f]{3}$/.test(groups[0] as string) ? 'public' : 'reserved';
}

const kindIn = (address: string, type: 'ipv4' | 'ipv6'): AddressKind | undefined =>
  rules.find((rule) => rule.type === type && rule.list.check(address, type))?.kind;

/** The eight groups of an IPv6 address, in hex without leading zeros. */
function groupsOf(address: string): string[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(missing).fill('0'), ...after];
}

const lastFour = (groups: readonly string[]): string => {
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
};
