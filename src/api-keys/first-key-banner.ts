/** What a person sees once, at the first start: the key, where it is kept, and a first request to paste. */
export function firstKeyBanner(key: string, path: string, port: number): string {
  return `
  Your API key, shown this once:

    ${key}

  It is kept in ${path}. A first request to try:

    curl -H 'X-API-Key: ${key}' http://localhost:${port}/api/v1/mcp-definitions

`;
}
