import { redactText } from './redact-text';

it.each([
  ['key mcp_0123456789abcdefghijABCDEFGHIJ01 was refused', 'key [redacted] was refused'],
  ['POST /webhooks/whk_0123456789abcdefghijABCDEFGHIJ01 failed', 'POST /webhooks/[redacted] failed'],
  ['at postgresql://app:hunter2@db:5432/app', 'at postgresql://app:[redacted]@db:5432/app'],
  [`Bearer ghp_${'a'.repeat(36)} was refused`, 'Bearer [redacted] was refused'],
  [`the key sk-${'a'.repeat(40)}.`, 'the key [redacted].'],
  [`Bearer eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`, 'Bearer [redacted]'],
  ['redis://:hunter2@cache/0', 'redis://:[redacted]@cache/0'],
])('takes the secret out of "%s"', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});

it.each(['mcp_server is a type', 'http://localhost:3000/api@v1', 'mail a@b.example'])(
  'leaves "%s" as it is',
  (text) => {
    expect(redactText(text)).toBe(text);
  },
);
