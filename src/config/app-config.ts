import type { KeyObject } from 'node:crypto';

/** Which parts of the program this process runs. */
export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Whose access tokens the MCP endpoint takes beside keys. */
export interface OAuthSettings {
  /** The issuer's identifier: a URL, exactly as its tokens have it. */
  readonly issuer: string;
  /** What its tokens name this server by: the address of the MCP endpoint, as clients know it. */
  readonly audience: string;
}

/** How OTLP is sent; gRPC is not among them. */
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** How metrics are sent over OTLP. */
export interface MetricExport {
  readonly protocol: OtlpProtocol;
  readonly intervalMs: number;
}

/** What OpenTelemetry is to export over OTLP. */
export interface TelemetrySignals {
  readonly traces: boolean;
  /** Null: they are not sent. */
  readonly metrics: MetricExport | null;
  /** What the collector is sent as well, tokens as a rule: the variables of the SDK that are set, with their values. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The environment, parsed once at boot, checked and frozen; also the injection token.
 * Nothing else reads `process.env`, but for what every child process needs of it (`child-environment.ts`), and
 * OpenTelemetry's SDK, whose variables are its own.
 */
export abstract class AppConfig {
  abstract readonly version: string;
  /** 0: any free port. */
  abstract readonly port: number;
  abstract readonly host: string;
  /** Null: the embedded PostgreSQL in `dataDir` is used. */
  abstract readonly databaseUrl: string | null;
  /** Absolute path. */
  abstract readonly dataDir: string;
  abstract readonly bootstrapApiKey: string | null;
  /** What stored secrets are encrypted under, the current key first. Empty: the embedded mode keeps its own. */
  abstract readonly encryptionKeys: readonly KeyObject[];
  abstract readonly role: Role;
  /** How many runs one worker executes at a time. */
  abstract readonly workerConcurrency: number;
  /** How long ended runs are kept, days; 0: for ever. */
  abstract readonly runRetentionDays: number;
  /** Whether what is done is recorded in the audit log. */
  abstract readonly auditEnabled: boolean;
  /** How long audit events are kept, days; 0: for ever. */
  abstract readonly auditRetentionDays: number;
  /** Requests that one address may send. */
  abstract readonly rateLimitPerMinute: number;
  /** Failed authentications that one address may have. */
  abstract readonly rateLimitAuthFailuresPerMinute: number;
  /** Where replicas count requests together; null: each counts by itself. Holds a password. */
  abstract readonly redisUrl: string | null;
  /** Whether `/metrics` needs no key. */
  abstract readonly metricsPublic: boolean;
  /** Number of reverse proxies in front whose X-Forwarded-For is believed. */
  abstract readonly trustProxyHops: number;
  /** CIDRs, `private` or `loopback`: where components may connect beside public addresses. */
  abstract readonly egressAllow: readonly string[];
  /** Whether code of components runs without a sandbox where there is none. */
  abstract readonly allowUnsandboxedCode: boolean;
  /** Folders of the machine that sandboxed MCP servers may be shown; absolute. */
  abstract readonly stdioPathsAllow: readonly string[];
  /** The only commands that MCP servers over stdio may be; null: any. */
  abstract readonly stdioCommandsAllow: readonly string[] | null;
  /** Null: only keys are taken. */
  abstract readonly oauth: OAuthSettings | null;
  /** Host names under which MCP clients may ask this server, beside those of the machine itself. */
  abstract readonly mcpAllowedHosts: readonly string[];
  /** Host names of websites whose scripts may be MCP clients. */
  abstract readonly mcpAllowedOrigins: readonly string[];
  /** How long a connection is kept open for a next request; seconds. */
  abstract readonly keepAliveSeconds: number;
  /** How long the process still serves after it was asked to stop, not ready any more; seconds. */
  abstract readonly shutdownDrainSeconds: number;
  /** How long open requests and running steps get to end once it takes no new connections; seconds. */
  abstract readonly shutdownGraceSeconds: number;
  /** Null: OpenTelemetry is not used. */
  abstract readonly telemetry: TelemetrySignals | null;
  abstract readonly logLevel: LogLevel;
  abstract readonly logFormat: LogFormat;
}
