import { faultOfSite, type SiteSettings } from './site-check';

const LOCAL: SiteSettings = { listensOn: '127.0.0.1', allowedHosts: [], allowedOrigins: [] };
const OPEN: SiteSettings = { ...LOCAL, listensOn: '0.0.0.0' };
const NAMED: SiteSettings = {
  ...OPEN,
  allowedHosts: ['mcp.example.com'],
  allowedOrigins: ['app.example.com'],
};

it.each<[string, SiteSettings, string | undefined, string | undefined, boolean]>([
  ['a local server under a name of this machine', LOCAL, 'localhost:3000', undefined, true],
  ['a local server under its IPv6 address', LOCAL, '[::1]:3000', undefined, true],
  ['a local server under a name that a DNS server gave it', LOCAL, 'evil.example:3000', undefined, false],
  ['a local server without a name', LOCAL, undefined, undefined, false],
  ['a local server from a page of this machine', LOCAL, 'localhost:3000', 'http://localhost:6274', true],
  ['a local server from a website', LOCAL, 'localhost:3000', 'https://evil.example', false],
  ['a local server from an opaque origin', LOCAL, 'localhost:3000', 'null', false],
  [
    'a local server behind a proxy whose name it was told',
    { ...LOCAL, allowedHosts: ['a.b'] },
    'a.b',
    undefined,
    true,
  ],
  ['a server of a network under any name', OPEN, 'mcp.example.com', undefined, true],
  ['a server of a network from its own page', OPEN, 'mcp.example.com', 'https://mcp.example.com', true],
  ['a server of a network from a website', OPEN, 'mcp.example.com', 'https://evil.example', false],
  ['a named server under its name', NAMED, 'mcp.example.com', undefined, true],
  ['a named server under another', NAMED, 'evil.example', undefined, false],
  ['a named server from an allowed website', NAMED, 'mcp.example.com', 'https://app.example.com', true],
  ['a named server from another', NAMED, 'mcp.example.com', 'https://evil.example', false],
])('%s', (_case, settings, host, origin, isLetIn) => {
  expect(faultOfSite(settings, { host, origin }) === null).toBe(isLetIn);
});
