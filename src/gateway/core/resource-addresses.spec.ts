import { assignAddressPrefixes, publicAddress, serverAddress } from './resource-addresses';

it.each([
  ['docs', 'docs'],
  ['My Docs', 'my-docs'],
  ['7zip', 'x-7zip'],
  ['a_b+c', 'a-b-c'],
  ['é', 'x--'],
])('%s stands before a scheme as %s', (name, prefix) => {
  expect(assignAddressPrefixes([{ name, identity: '' }])).toEqual([prefix]);
});

it.each([
  ['docs', 'file:///a b?c#d', 'docs+file:///a b?c#d'],
  ['docs', 'file:///{path}', 'docs+file:///{path}'],
  ['', 'file:///a', 'file:///a'],
])('with the prefix %j, %s is %s and back', (prefix, uri, address) => {
  expect(publicAddress(prefix, uri)).toBe(address);
  expect(serverAddress(prefix, address)).toBe(uri);
  expect(URL.canParse(address)).toBe(true);
});

it('keeps servers apart whose names come to the same, and what comes of it is a scheme', () => {
  const [first, second] = assignAddressPrefixes([
    { name: 'a b', identity: '1' },
    { name: 'A-B', identity: '2' },
  ]);
  expect(first).toBe('a-b');
  expect(second).toMatch(/^a-b-[0-9a-f]{8}$/);
  expect(URL.canParse(publicAddress(second ?? '', 'file:///x'))).toBe(true);
});

it('knows the addresses that belong to another server', () => {
  expect(serverAddress('docs', 'docs2+file:///a')).toBeNull();
});
