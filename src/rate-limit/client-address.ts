import { isIPv4, isIPv6 } from 'node:net';

import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/** Groups of an IPv6 address that name a network; the rest, 64 bits, its owner may choose as he likes. */
const NETWORK_GROUPS = 4;

/**
 * Whom a request is counted for: the IPv4 address, or the /64 network of an IPv6 address, which is what one
 * subscriber gets. The address is the connection's own, or what TRUST_PROXY proxies say of it; never a header that
 * the client may write as it likes.
 */
export function clientAddress(request: Request): string {
  const address = request.ip;
  if (address !== undefined && isIPv4(address)) return address;
  if (address !== undefined && isIPv6(address)) return networkOf(address);
  // A proxy said something that is no address.
  return request.socket.remoteAddress ?? 'unknown';
}

function networkOf(address: string): string {
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  const network = parsed.parts.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}
