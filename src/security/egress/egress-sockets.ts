import { isIP, type LookupFunction, Socket } from 'node:net';

import { AddressRules } from './address-rules';
import { checkedLookup, egressDenied } from './checked-lookup';

/** How long an idle connection stays silent before its far side is asked whether it lives. */
const KEEP_ALIVE_MS = 30_000;

/**
 * The way out for drivers that speak a protocol of their own over TCP and take a socket that we made. The address is
 * judged when the connection is made, and it is the judged address that is connected to.
 */
export class EgressSockets {
  private readonly rules: AddressRules;
  private readonly lookup: LookupFunction;

  /**
   * @param allow what may be reached beside public addresses: CIDRs, `private`, `loopback` (EGRESS_ALLOW)
   * @throws AppError INVALID_REQUEST for an entry that is none of them
   */
  constructor(allow: readonly string[]) {
    this.rules = new AddressRules(allow);
    this.lookup = checkedLookup(this.rules);
  }

  /** A socket that is not connected yet. Whoever calls its `connect(port, host)` gets a checked connection. */
  create(): Socket {
    return new CheckedSocket(this.rules, this.lookup);
  }

  /** A socket that is being connected: it emits `connect`, or `error` with an AppError EGRESS_DENIED. */
  connect(host: string, port: number): Socket {
    return new CheckedSocket(this.rules, this.lookup).connect(port, host);
  }
}

class CheckedSocket extends Socket {
  constructor(
    private readonly rules: AddressRules,
    private readonly lookup: LookupFunction,
  ) {
    super();
  }

  /** Takes the one form that drivers use; any other would go around the check. */
  override connect(...target: unknown[]): this {
    const [port, host] = target;
    if (typeof port !== 'number' || typeof host !== 'string') {
      throw new TypeError('A checked socket connects to a port and a host');
    }
    const refused = isIP(host) === 0 ? null : this.rules.refusedKind(host);
    if (refused !== null) return this.destroy(egressDenied(host, refused));
    this.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    return super.connect({ port, host, lookup: this.lookup });
  }
}
