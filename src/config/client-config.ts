import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { ConfigError } from './config-error';
import { environmentWith, readVariables, type Variables } from './read-variables';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** Where the first start of the program keeps the key that it made, in DATA_DIR. */
export const FIRST_KEY_FILE = 'bootstrap-api-key';

/** Hosts that are this machine: only there the key in DATA_DIR can be the right one. */
const THIS_MACHINE = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** What commands need that call a running service. */
export interface ClientConfig {
  /** Without a slash at its end. */
  readonly url: string;
  /** Null: none was given or found. */
  readonly apiKey: string | null;
}

/**
 * Where the service is and the key for it: MCP_BACKEND_URL and MCP_BACKEND_API_KEY (or MCP_BACKEND_API_KEY_FILE). A
 * service on this machine is called with the first key in DATA_DIR where no other is given.
 *
 * @param overrides by variable; what is undefined is left as the environment has it
 * @throws ConfigError
 */
export function loadClientConfig(overrides: Variables): ClientConfig {
  const variables = readVariables(environmentWith(overrides), ['MCP_BACKEND_API_KEY']);
  const url = baseUrlOf(variables['MCP_BACKEND_URL'] ?? DEFAULT_URL);
  const apiKey = variables['MCP_BACKEND_API_KEY'] ?? findFirstKey(url, variables['DATA_DIR'] ?? './data');
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, apiKey };
}

function baseUrlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new ConfigError(['MCP_BACKEND_URL must be a URL of the form https://host:port']);
  }
  return url;
}

function findFirstKey({ hostname }: URL, dataDir: string): string | null {
  if (!THIS_MACHINE.has(hostname)) return null;
  try {
    return readFileSync(join(resolve(dataDir), FIRST_KEY_FILE), 'utf8').trim();
  } catch {
    return null;
  }
}
