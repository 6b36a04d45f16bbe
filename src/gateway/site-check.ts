import { validateHostHeader, validateOriginHeader } from '@modelcontextprotocol/server';

/** Names of this machine that no DNS server can give to another. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** What the checks depend on. */
export interface SiteSettings {
  /** The address that the server listens on. */
  readonly listensOn: string;
  /** Host names beside its own under which it may be asked. */
  readonly allowedHosts: readonly string[];
  /** Host names of websites whose scripts may ask it. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Why a request may come from a website that a browser on this machine was lured to (DNS rebinding), or null.
 *
 * A server on the loopback address can only be meant by a name of this machine; one that listens to a network has names
 * that it cannot know, and its `Host` is checked only when they are told. A browser says from which website it asks
 * (`Origin`): only those that are allowed may, and pages of the server itself.
 */
export function faultOfSite(
  { listensOn, allowedHosts, allowedOrigins }: SiteSettings,
  headers: { readonly host: string | undefined; readonly origin: string | undefined },
): string | null {
  const isLocal = LOOPBACK_NAMES.includes(listensOn) || listensOn === '::1';
  const ownNames = isLocal ? LOOPBACK_NAMES : [];
  if (isLocal || allowedHosts.length > 0) {
    // A server that was told its names is still asked by probes and tools on its own machine.
    const host = validateHostHeader(headers.host, [...LOOPBACK_NAMES, ...allowedHosts]);
    if (!host.ok) return `Host: ${headers.host ?? '(none)'} is not among MCP_ALLOWED_HOSTS`;
  }
  const hostname = hostnameOf(headers.host);
  const origins = [...ownNames, ...allowedHosts, ...allowedOrigins, ...(hostname === null ? [] : [hostname])];
  const origin = validateOriginHeader(headers.origin, origins);
  return origin.ok ? null : `Origin: ${headers.origin ?? ''} is not among MCP_ALLOWED_ORIGINS`;
}

function hostnameOf(host: string | undefined): string | null {
  return host !== undefined && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}
