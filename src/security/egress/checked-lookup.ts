import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { AppError } from '../../common/errors/app-error';
import { type AddressKind, type AddressRules, canBeListed } from './address-rules';

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
      if (refused !== undefined) callback(egressDenied(hostname, refused, 'it resolves to'), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });
  };
}

/** The error for a connection that the rules do not allow: `it is` a private address, or `it resolves to` one. */
export function egressDenied(
  host: string,
  kind: AddressKind,
  relation: 'it is' | 'it resolves to' = 'it is',
): AppError {
  const way = canBeListed(kind)
    ? 'Who runs this server can list its address in EGRESS_ALLOW'
    : 'Nothing opens those';
  return new AppError(
    'EGRESS_DENIED',
    `Connecting to ${host} is not allowed: ${relation} a ${kind} address. ${way}`,
    { details: { host } },
  );
}

function isKind(kind: AddressKind | null): kind is AddressKind {
  return kind !== null;
}
