import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { AppConfig } from './app-config';
import { ConfigError } from './config-error';
import { ENCRYPTION_KEY_FORM } from './encryption-keys';
import { environmentWith, readVariables, type Variables } from './read-variables';
import { telemetryOf } from './telemetry-signals';
import { SECRET_VARIABLES, variablesSchema } from './variables';

/** With the embedded database the program serves the machine it stands on: its neighbours may be reached. */
const EGRESS_ALLOW_EMBEDDED = ['private', 'loopback'];

/**
 * Makes the configuration from the environment.
 *
 * @param isTerminal whether a person reads the output; so does one, without a LOG_FORMAT, with the embedded database
 * @throws ConfigError that names every faulty variable at once
 */
export function loadConfig(
  environment: Variables = process.env,
  isTerminal: boolean = process.stdout.isTTY,
): AppConfig {
  const parsed = variablesSchema.safeParse(readVariables(environment, SECRET_VARIABLES));
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  }
  const variables = parsed.data;
  const databaseUrl = variables.DATABASE_URL ?? null;
  const encryptionKeys = variables.ENCRYPTION_KEY ?? [];
  // Processes that share a database must share the key, so none of them may make one up.
  if (databaseUrl !== null && encryptionKeys.length === 0) {
    throw new ConfigError([`ENCRYPTION_KEY must be set when DATABASE_URL is: it ${ENCRYPTION_KEY_FORM}`]);
  }
  const program = findProgram();
  return Object.freeze<AppConfig>({
    version: program.version,
    port: variables.PORT,
    host: variables.HOST,
    databaseUrl,
    dataDir: resolve(variables.DATA_DIR),
    bootstrapApiKey: variables.BOOTSTRAP_API_KEY ?? null,
    encryptionKeys,
    role: variables.ROLE,
    workerConcurrency: variables.WORKER_CONCURRENCY,
    runRetentionDays: variables.RUN_RETENTION_DAYS,
    auditEnabled: variables.AUDIT_ENABLED === 'true',
    auditRetentionDays: variables.AUDIT_RETENTION_DAYS,
    rateLimitPerMinute: variables.RATE_LIMIT_PER_MINUTE,
    rateLimitAuthFailuresPerMinute: variables.RATE_LIMIT_AUTH_FAILURES_PER_MINUTE,
    redisUrl: variables.REDIS_URL ?? null,
    metricsPublic: variables.METRICS_PUBLIC === 'true',
    trustProxyHops: variables.TRUST_PROXY,
    egressAllow: Object.freeze(variables.EGRESS_ALLOW ?? (databaseUrl === null ? EGRESS_ALLOW_EMBEDDED : [])),
    allowUnsandboxedCode: variables.ALLOW_UNSANDBOXED_CODE === 'true',
    stdioPathsAllow: Object.freeze(
      (variables.STDIO_PATHS_ALLOW ?? ownPaths(program)).map((path) => resolve(path)),
    ),
    stdioCommandsAllow: variables.STDIO_COMMANDS_ALLOW ?? null,
    oauth: oauthOf(variables.OAUTH_ISSUER, variables.OAUTH_AUDIENCE),
    mcpAllowedHosts: Object.freeze(variables.MCP_ALLOWED_HOSTS ?? []),
    mcpAllowedOrigins: Object.freeze(variables.MCP_ALLOWED_ORIGINS ?? []),
    keepAliveSeconds: variables.KEEP_ALIVE_SECONDS,
    shutdownDrainSeconds: variables.SHUTDOWN_DRAIN_SECONDS,
    shutdownGraceSeconds: variables.SHUTDOWN_GRACE_SECONDS,
    telemetry: telemetryOf(variables),
    logLevel: variables.LOG_LEVEL,
    logFormat: variables.LOG_FORMAT ?? (isTerminal || databaseUrl === null ? 'pretty' : 'json'),
  });
}

/**
 * The configuration of the environment with some variables set otherwise, as options of a command line do.
 *
 * @param overrides by variable; what is undefined is left as the environment has it
 * @throws ConfigError
 */
export function loadConfigWith(overrides: Variables): AppConfig {
  return loadConfig(environmentWith(overrides));
}

/** Sets a variable that a library reads by itself, where it has no other way to be told. */
export function setVariable(name: string, value: string): void {
  process.env[name] = value;
}

/** The version in package.json. */
export function programVersion(): string {
  return findProgram().version;
}

interface Program {
  readonly version: string;
  readonly folder: string;
}

/** The MCP servers that come with the program, and what its demo shows them. */
function ownPaths({ folder }: Program): string[] {
  return [join(folder, 'node_modules'), join(folder, 'docs')];
}

/** The package. package.json stands above this file, one level further from the built one. */
function findProgram(): Program {
  let folder = __dirname;
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
      return { version: manifest.version, folder };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === dirname(folder)) throw error;
      folder = dirname(folder);
    }
  }
}

/** Both or neither: tokens for whatever audience would let in whoever has one for something else. */
function oauthOf(issuer: string | undefined, audience: string | undefined): AppConfig['oauth'] {
  if (issuer === undefined && audience === undefined) return null;
  if (issuer !== undefined && audience !== undefined) return Object.freeze({ issuer, audience });
  throw new ConfigError(['OAUTH_ISSUER and OAUTH_AUDIENCE must be set together']);
}
