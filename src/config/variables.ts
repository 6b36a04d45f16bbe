import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';

import { LOG_FORMATS, LOG_LEVELS, OTLP_PROTOCOLS, ROLES } from './app-config';
import { ENCRYPTION_KEY_FORM, parseEncryptionKeys } from './encryption-keys';

/** Variables that hold secrets: each may also be given as `NAME_FILE`. */
export const SECRET_VARIABLES = [
  'DATABASE_URL',
  'BOOTSTRAP_API_KEY',
  'ENCRYPTION_KEY',
  'REDIS_URL',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
] as const;

/** Most runs that one worker may execute at a time: past it, more worker processes serve better. */
const MAX_WORKER_CONCURRENCY = 1_000;

/** A hundred years: whoever means longer means 0, for ever. */
const MAX_RETENTION_DAYS = 36_500;

/** An hour: what load balancers keep a connection for at most. */
const MAX_KEEP_ALIVE_SECONDS = 3_600;

/** An hour: an orchestrator that grants more than that means a machine, not a rollout. */
const MAX_SHUTDOWN_SECONDS = 3_600;

/** What each variable may hold. Messages say what is allowed; they never repeat the value. */
export const variablesSchema = z.object({
  PORT: integer(0, 65_535).default(3000),
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/, 'must be a host name or an IP address')
    .default('127.0.0.1'),
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'must be a URL of the form postgresql://user:password@host:port/database')
    .optional(),
  DATA_DIR: z.string().default('./data'),
  BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^mcp_[0-9A-Za-z]{32}$/, 'must be "mcp_" followed by 32 letters and digits')
    .optional(),
  ENCRYPTION_KEY: z
    .string()
    .transform(parseEncryptionKeys)
    .refine((keys) => keys !== null, ENCRYPTION_KEY_FORM)
    .optional(),
  ROLE: oneOf(ROLES).default('all'),
  WORKER_CONCURRENCY: integer(1, MAX_WORKER_CONCURRENCY).default(20),
  RUN_RETENTION_DAYS: integer(0, MAX_RETENTION_DAYS).default(30),
  AUDIT_ENABLED: oneOf(['true', 'false']).default('true'),
  AUDIT_RETENTION_DAYS: integer(0, MAX_RETENTION_DAYS).default(90),
  RATE_LIMIT_PER_MINUTE: integer(1, 1_000_000).default(100),
  RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: integer(1, 1_000_000).default(20),
  REDIS_URL: z
    .string()
    .refine(
      isRedisUrl,
      'must be a URL of the form redis://user:password@host:port/number, or rediss:// for TLS',
    )
    .optional(),
  METRICS_PUBLIC: oneOf(['true', 'false']).default('false'),
  TRUST_PROXY: integer(0, 10).default(0),
  EGRESS_ALLOW: z
    .string()
    .transform(listOf)
    .refine(
      (entries) => entries.every(isEgressEntry),
      'must be a comma-separated list of CIDRs (10.0.0.0/8), "private" or "loopback"',
    )
    .optional(),
  ALLOW_UNSANDBOXED_CODE: oneOf(['true', 'false']).default('false'),
  STDIO_PATHS_ALLOW: z
    .string()
    .transform(listOf)
    .refine(
      (paths) => paths.every((path) => isAbsolute(path)),
      'must be a comma-separated list of absolute paths',
    )
    .optional(),
  STDIO_COMMANDS_ALLOW: z.string().transform(listOf).optional(),
  OAUTH_ISSUER: httpUrl().optional(),
  OAUTH_AUDIENCE: httpUrl().optional(),
  MCP_ALLOWED_HOSTS: hostNames().optional(),
  MCP_ALLOWED_ORIGINS: hostNames().optional(),
  KEEP_ALIVE_SECONDS: integer(1, MAX_KEEP_ALIVE_SECONDS).default(5),
  SHUTDOWN_DRAIN_SECONDS: integer(0, MAX_SHUTDOWN_SECONDS).default(0),
  SHUTDOWN_GRACE_SECONDS: integer(1, MAX_SHUTDOWN_SECONDS).default(3),
  // OpenTelemetry's own, which its SDK reads again; those that are not here, it alone knows.
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl().optional(),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: httpUrl().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(OTLP_PROTOCOLS).optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf(OTLP_PROTOCOLS).optional(),
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: oneOf(OTLP_PROTOCOLS).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders().optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: otlpHeaders().optional(),
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: otlpHeaders().optional(),
  OTEL_TRACES_EXPORTER: oneOf(['otlp', 'none']).default('otlp'),
  OTEL_METRICS_EXPORTER: oneOf(['otlp', 'none']).default('otlp'),
  OTEL_METRIC_EXPORT_INTERVAL: integer(100, 3_600_000).default(60_000),
  OTEL_SDK_DISABLED: oneOf(['true', 'false']).default('false'),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  LOG_FORMAT: oneOf(LOG_FORMATS).optional(),
});

/** A whole number in decimal, nothing else: `Number` alone would take "", "1e3" and "0x10". */
function integer(least: number, most: number) {
  const allowed = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { message: allowed, abort: true })
    .transform(Number)
    .refine((value) => value >= least && value <= most, allowed);
}

function listOf(text: string): string[] {
  return text.split(',').map((entry) => entry.trim());
}

function httpUrl() {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol),
      'must be a URL of the form https://host/path',
    );
}

/** The SDK passes by what it cannot read: a collector would then refuse everything, for want of its token. */
function otlpHeaders() {
  return z
    .string()
    .regex(
      /^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/,
      'must be of the form name=value, or several with commas between',
    );
}

/** Without scheme and port: they do not tell one website from another for what is checked. */
function hostNames() {
  return z
    .string()
    .transform((list) => listOf(list.toLowerCase()))
    .refine(
      (entries) => entries.every((entry) => /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)$/.test(entry)),
      'must be a comma-separated list of host names without scheme and port (mcp.example.com)',
    );
}

function oneOf<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, { error: `must be one of: ${values.join(', ')}` });
}

function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname } = new URL(text);
  return ['postgres:', 'postgresql:'].includes(protocol) && pathname.length > 1;
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol);
}

function isEgressEntry(entry: string): boolean {
  if (entry === 'private' || entry === 'loopback') return true;
  const match = /^([^/]+)\/(\d{1,3})$/.exec(entry);
  const version = isIP(match?.[1] ?? '');
  return version !== 0 && Number(match?.[2]) <= (version === 4 ? 32 : 128);
}
