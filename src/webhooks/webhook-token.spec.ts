import {
  generateWebhookToken,
  hashWebhookToken,
  isWebhookAddress,
  isWebhookToken,
  webhookPath,
  webhookTokenPrefix,
} from './webhook-token';

const token = `whk_${'aZ09'.repeat(8)}`;

it('generates tokens that are well formed, each another', () => {
  const tokens = Array.from({ length: 500 }, generateWebhookToken);
  expect(tokens.filter((text) => !isWebhookToken(text))).toEqual([]);
  expect(new Set(tokens).size).toBe(500);
});

it.each([
  ['another mark', token.replace('whk_', 'mcp_')],
  ['a character less', token.slice(0, -1)],
  ['a character more', `${token}0`],
  ['a character outside the alphabet', token.replace('aZ09', 'a-09')],
  ['a line break after it', `${token}\n`],
  ['a UUID', '018f9d2c-7f3a-7c11-9a55-0123456789ab'],
])('refuses a token with %s', (_case, text) => {
  expect(isWebhookToken(text)).toBe(false);
});

it('hashes with SHA-256', () => {
  expect(hashWebhookToken('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

it('shows the first 8 characters', () => {
  expect(webhookTokenPrefix(token)).toBe('whk_aZ09');
});

it.each([
  [webhookPath(token), true],
  ['/api/v1/webhooks', false],
  ['/api/v1/webhooks/018f9d2c-7f3a-7c11-9a55-0123456789ab', false],
  ['/api/v1/workflow-runs', false],
])('says of %s whether bodies may be signed there: %s', (path, expected) => {
  expect(isWebhookAddress(path)).toBe(expected);
});
