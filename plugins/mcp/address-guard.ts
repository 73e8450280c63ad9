import { addressKind } from '../tool-web-search/contract.js';

/** Metadata services of clouds that lie in private networks. */
const metadata = /^(100\.100\.100\.200|fd00:ec2:.*)$/i;

/**
 * Why an IP address must not be asked on behalf of a project; undefined when it may. This machine and the local network
 * may, once the project is trusted: that is where development servers are. Pure.
 */
export function forbiddenAddress(address: string): string | undefined {
  const bare = address.replace(/^\[|\]$/g, '');
  const kind = addressKind(bare);
  if (kind !== 'link-local' && kind !== 'reserved' && !metadata.test(bare)) return undefined;
  return `${bare} is a link-local, reserved or metadata address, which no project may have asked`;
}

/** Why an address of a server is not usable; undefined when it is. Pure. */
export function addressProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return '"url" is no address; it must be like https://host/mcp';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return `"url" must begin with http:// or https://, and begins with ${protocol}`;
  if (username !== '' || password !== '') return '"url" must not hold a user or password; use "headers"';
  return undefined;
}
