import pc from 'picocolors';

import type { MadeKey } from '../api-keys/first-key.service';

/** What a person sees once, at the first start: the key, where it is kept, and a first request to paste. */
export function firstKeyBanner({ key, path }: MadeKey, url: string): string {
  return `  Your API key, shown this once:

    ${pc.bold(key)}

  It is kept in ${path}. A first request to try:

    curl -H 'X-API-Key: ${key}' ${url}/api/v1/mcp-definitions

`;
}
