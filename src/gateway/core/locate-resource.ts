import { serverAddress } from './resource-addresses';
import type { PublicServer, View } from './view';

/**
 * Whose resource an address is, and how its server knows it; null when it is nobody's. A server without a prefix is
 * asked last: any address could be one of its own.
 */
export function locate(
  { servers }: Pick<View, 'servers'>,
  address: string,
): { readonly server: PublicServer; readonly uri: string } | null {
  const byPrefix = servers.toSorted((a, b) => b.addressPrefix.length - a.addressPrefix.length);
  for (const server of byPrefix) {
    const uri = serverAddress(server.addressPrefix, address);
    if (uri !== null) return { server, uri };
  }
  return null;
}
