import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { AppError } from '../../common/errors/app-error';
import type { AddressKind, AddressRules } from './address-rules';

/**
 * A resolver for sockets that gives only addresses which may be connected to. All of a name's addresses must be
 * allowed, so a name cannot be bound to another one between the check and the connection. Sockets do not ask it for
 * literal addresses: those are judged by whoever makes the socket.
 */
export function checkedLookup(rules: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, []);
        return;
      }
      const refused = addresses.map(({ address }) => rules.refusedKind(address)).find(isKind);
      const [first] = addresses;
      if (refused !== undefined) callback(egressDenied(hostname, `it resolves to a ${refused} address`), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });
  };
}

/** The error for a connection that the rules do not allow. */
export function egressDenied(host: string, why: string): AppError {
  return new AppError(
    'EGRESS_DENIED',
    `Connecting to ${host} is not allowed: ${why}. Who runs this server can list its address in EGRESS_ALLOW`,
    { details: { host } },
  );
}

function isKind(kind: AddressKind | null): kind is AddressKind {
  return kind !== null;
}
