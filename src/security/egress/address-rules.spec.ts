import { AddressRules } from './address-rules';

describe('AddressRules', () => {
  const none = new AddressRules([]);

  it.each([
    ['93.184.215.14', null],
    ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', null],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0.0.0.0', 'reserved'],
    ['::', 'reserved'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.32.0.1', null],
    ['192.168.1.1', 'private'],
    ['fc00::1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['100.64.0.1', 'reserved'],
    ['100.100.100.200', 'metadata'],
    ['224.0.0.1', 'reserved'],
    ['ff02::1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['::7f00:1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['::ffff:93.184.215.14', null],
    ['::ffff:0:10.0.0.1', 'private'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b::808:808', null],
    ['64:ff9b:1::7f00:1', 'reserved'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:c0a8:101::1', 'private'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'reserved'],
  ])('judges %s as %s when nothing is listed', (address, kind) => {
    expect(none.refusedKind(address)).toBe(kind);
  });

  it.each(['10.1.2.3', '192.168.0.9', 'fd12::1', '::ffff:10.1.2.3'])('opens %s by "private"', (address) => {
    expect(new AddressRules(['private']).refusedKind(address)).toBeNull();
  });

  it.each([
    '127.0.0.1',
    '169.254.169.254',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
  ])('keeps %s shut under "private"', (address) => {
    expect(new AddressRules(['private']).refusedKind(address)).not.toBeNull();
  });

  it('opens loopback, and nothing else, by "loopback"', () => {
    const rules = new AddressRules(['loopback']);
    expect(rules.refusedKind('127.0.0.1')).toBeNull();
    expect(rules.refusedKind('::1')).toBeNull();
    expect(rules.refusedKind('10.0.0.1')).toBe('private');
    expect(rules.refusedKind('0.0.0.0')).toBe('reserved');
  });

  it('opens a listed network and leaves its neighbours shut', () => {
    const rules = new AddressRules(['10.1.0.0/16', '100.64.0.7', 'fd00:abcd::/32']);
    expect(rules.refusedKind('10.1.255.1')).toBeNull();
    expect(rules.refusedKind('10.2.0.1')).toBe('private');
    expect(rules.refusedKind('100.64.0.7')).toBeNull();
    expect(rules.refusedKind('100.64.0.8')).toBe('reserved');
    expect(rules.refusedKind('fd00:abcd::1')).toBeNull();
    expect(rules.refusedKind('::ffff:10.1.2.3')).toBeNull();
  });

  it.each([
    ['169.254.169.254', 'link-local'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fd00:ec2::254', 'metadata'],
    ['100.100.100.200', 'metadata'],
  ])('never opens %s, whatever is listed', (address, kind) => {
    const rules = new AddressRules(['0.0.0.0/0', '::/0', address, 'private', 'loopback']);
    expect(rules.refusedKind(address)).toBe(kind);
  });

  it.each(['localhost', '10.0.0.0/33', 'everything', ''])('refuses the entry "%s" by name', (entry) => {
    expect(() => new AddressRules([entry])).toThrow(`EGRESS_ALLOW: "${entry}"`);
  });
});
