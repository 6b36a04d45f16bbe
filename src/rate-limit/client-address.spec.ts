import type { Request } from 'express';

import { clientAddress } from './client-address';

const addressOf = (ip: string | undefined): string =>
  clientAddress({ ip, socket: { remoteAddress: '192.0.2.1' } } as Request);

describe('clientAddress', () => {
  it.each([
    ['an IPv4 address', '203.0.113.7', '203.0.113.7'],
    ['an IPv4 address as a dual-stack socket has it', '::ffff:203.0.113.7', '203.0.113.7'],
    ['the network of an IPv6 address', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['the network of a shortened IPv6 address', '2001:db8::6', '2001:db8:0:0::/64'],
    ['the network of an IPv6 address with a zone', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('is %s', (_case, ip, expected) => {
    expect(addressOf(ip)).toBe(expected);
  });

  it('is the same for all addresses that one IPv6 subscriber can take', () => {
    expect(addressOf('2001:db8:1:2::1')).toBe(addressOf('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    expect(addressOf('2001:db8:1:2::1')).not.toBe(addressOf('2001:db8:1:3::1'));
  });

  it.each([['unknown'], ['1.2.3.4:80'], [undefined]])(
    'is that of the connection when a proxy says %s',
    (ip) => {
      expect(addressOf(ip)).toBe('192.0.2.1');
    },
  );
});
