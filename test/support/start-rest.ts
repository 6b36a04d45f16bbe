import { generateApiKey } from '../../src/api-keys/api-key-format';
import { RestClient } from './rest-client';
import { type RunningApp, startApp, type StartAppOptions } from './start-app';

/** A running program, and a client with a key of every scope. */
export interface RunningRest {
  readonly app: RunningApp;
  readonly rest: RestClient;
  readonly key: string;
}

/** Starts the program with a key: a new one unless BOOTSTRAP_API_KEY is given. */
export async function startRest(options: StartAppOptions = {}): Promise<RunningRest> {
  const key = options.env?.['BOOTSTRAP_API_KEY'] ?? generateApiKey();
  const app = await startApp({ ...options, env: { BOOTSTRAP_API_KEY: key, ...options.env } });
  return { app, rest: new RestClient(app.baseUrl, key), key };
}
