import { shortHash } from './public-names';

/**
 * The address of a server's resource as clients see it: the server's name before the scheme, as `git+https` has it.
 * `file:///a` of the server `docs` is `docs+file:///a`; a template stays one. An empty prefix changes nothing.
 */
export function publicAddress(prefix: string, uri: string): string {
  return prefix === '' ? uri : `${prefix}+${uri}`;
}

/** The address as the server knows it; null when it is not one of that server's. */
export function serverAddress(prefix: string, uri: string): string | null {
  if (prefix === '') return uri;
  return uri.startsWith(`${prefix}+`) ? uri.slice(prefix.length + 1) : null;
}

/**
 * Gives each server what stands before the addresses of its resources, in their order, all different: its name as the
 * beginning of a scheme, and with a hash of its identity where an elder has that already.
 */
export function assignAddressPrefixes(
  servers: readonly { readonly name: string; readonly identity: string }[],
): string[] {
  const taken = new Set<string>();
  return servers.map(({ name, identity }) => {
    let prefix = schemeOf(name);
    while (taken.has(prefix)) prefix = `${prefix}-${shortHash(identity)}`;
    taken.add(prefix);
    return prefix;
  });
}

/** Letters, digits, `-` and `.`, the first a letter (RFC 3986, 3.1). */
function schemeOf(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9.-]/g, '-');
  return /^[a-z]/.test(plain) ? plain : `x-${plain}`;
}
