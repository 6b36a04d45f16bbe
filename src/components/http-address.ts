/** What is wrong with an address that requests are to be sent to; null when nothing is. */
export function addressFault(text: string): string | null {
  if (!URL.canParse(text)) return 'must be an absolute address, like https://example.com/path';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `must begin with http:// or https://, not ${url.protocol}`;
  }
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user name or password: send an authorization header';
  }
  return null;
}
