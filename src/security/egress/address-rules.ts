import ipaddr from 'ipaddr.js';
import { AppError } from '../../common/errors/app-error';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** What an address is for; only `public` may be connected to without being listed. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local' | 'metadata' | 'reserved';

/**
 * Instance metadata services outside the link-local ranges: they hand out the machine's own credentials
 * (169.254.169.254 is link-local and needs no line here). Sources: AWS "IMDSv2 over IPv6", Google Cloud "Metadata
 * server", Alibaba Cloud "Instance metadata".
 */
const METADATA = new Set(
  ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200'].map((text) => ipaddr.parse(text).toNormalizedString()),
);

/** What nothing opens, not even a CIDR that contains it: `0.0.0.0/0` is written sooner than thought of. */
const NEVER: ReadonlySet<AddressKind> = new Set(['link-local', 'metadata']);

/** Global unicast, the only part of IPv6 that is handed out to networks (RFC 4291, IANA registry). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

const KIND_OF_RANGE: Readonly<Record<string, AddressKind>> = {
  private: 'private',
  uniqueLocal: 'private',
  loopback: 'loopback',
  linkLocal: 'link-local',
};

/**
 * The IPv4 address that packets to `address` really go to, for the IPv6 forms that carry one:
 * `::ffff:0:0/96` (mapped), `::ffff:0:0:0/96` (RFC 6145), `64:ff9b::/96` (NAT64, RFC 6052) and
 * `2002::/16` (6to4, RFC 3056). Null for any other form.
 */
function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const [, second = 0, third = 0, , , , seventh = 0, eighth = 0] = address.parts;
  const fromParts = (high: number, low: number) =>
    new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
  switch (address.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return fromParts(seventh, eighth);
    case 'rfc6052':
      // 64:ff9b:1::/48 is for local use and may carry the address elsewhere: it stays reserved.
      return third === 0 ? fromParts(seventh, eighth) : null;
    case '6to4':
      return fromParts(second, third);
    default:
      return null;
  }
}

function kindOf(address: Address): AddressKind {
  if (METADATA.has(address.toNormalizedString())) return 'metadata';
  if (address instanceof ipaddr.IPv6 && address.range() === 'unicast' && !address.match(GLOBAL_UNICAST)) {
    return 'reserved';
  }
  const range = address.range();
  return range === 'unicast' ? 'public' : (KIND_OF_RANGE[range] ?? 'reserved');
}

function contains([network, bits]: Network, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

function parseNetwork(entry: string): Network {
  try {
    if (entry.includes('/')) return ipaddr.parseCIDR(entry);
    const address = ipaddr.parse(entry);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch (cause) {
    throw new AppError(
      'INVALID_REQUEST',
      `EGRESS_ALLOW: "${entry}" is neither a CIDR (10.1.0.0/16), an address, "private" nor "loopback"`,
      { cause },
    );
  }
}

/** Whether EGRESS_ALLOW can open addresses of a kind. */
export function canBeListed(kind: AddressKind): boolean {
  return !NEVER.has(kind);
}

/**
 * Decides which addresses components may connect to: every public one, and of the rest only what is
 * listed. `private` means RFC 1918 and fc00::/7 without the metadata services in them, `loopback`
 * means 127.0.0.0/8 and ::1; any other range (carrier-grade NAT, multicast, unspecified, reserved) is open only by a
 * CIDR that contains it; link-local addresses and metadata services are never open. IPv6 forms that carry an IPv4
 * address are judged by that address.
 */
export class AddressRules {
  private readonly kinds: ReadonlySet<AddressKind>;
  private readonly networks: readonly Network[];

  /** @throws AppError INVALID_REQUEST naming the entry that cannot be read */
  constructor(allow: readonly string[]) {
    const named = (entry: string): entry is 'private' | 'loopback' =>
      entry === 'private' || entry === 'loopback';
    this.kinds = new Set<AddressKind>(['public', ...allow.filter(named)]);
    this.networks = allow.filter((entry) => !named(entry)).map(parseNetwork);
  }

  /** The kind of an address that may not be connected to, or null when it may. `text` is an IP literal. */
  refusedKind(text: string): AddressKind | null {
    const address = ipaddr.parse(text);
    const carried = address instanceof ipaddr.IPv6 ? embeddedIPv4(address) : null;
    const kind = kindOf(carried ?? address);
    if (this.kinds.has(kind)) return null;
    if (NEVER.has(kind)) return kind;
    const listed = this.networks.some(
      (network) => contains(network, address) || (carried !== null && contains(network, carried)),
    );
    return listed ? null : kind;
  }
}
