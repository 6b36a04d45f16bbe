import { PROVIDER_TOKEN } from './provider-token';

/** Stands where a secret stood. */
export const REDACTED = '[redacted]';

const PROVIDER_TOKENS = new RegExp(PROVIDER_TOKEN, 'g');

/** Our API keys, tokens of webhooks, and passwords inside URLs, wherever they stand in a text. */
const SECRET_TEXT = /\b(?:mcp|whk)_[0-9A-Za-z]{32}\b|(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:)[^\s@/]+(?=@)/gi;

/** The text without the secrets that can be told by their form. */
export function redactText(text: string): string {
  return text.replace(SECRET_TEXT, REDACTED).replace(PROVIDER_TOKENS, REDACTED);
}
