import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { ConfigError } from './config-error';
import { loadConfig } from './load-config';

/** How OpenTelemetry's metrics are sent where nothing is said of it. */
const PROTOBUF = { protocol: 'http/protobuf', intervalMs: 60_000 };

const ENCRYPTION_KEY = Buffer.alloc(32, 1).toString('base64');

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment, false);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing: the embedded database, loopback only, logs for people', () => {
    expect(loadConfig({}, false)).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      databaseUrl: null,
      dataDir: resolve('data'),
      bootstrapApiKey: null,
      encryptionKeys: [],
      role: 'all',
      workerConcurrency: 20,
      runRetentionDays: 30,
      rateLimitPerMinute: 100,
      trustProxyHops: 0,
      egressAllow: ['private', 'loopback'],
      keepAliveSeconds: 5,
      shutdownDrainSeconds: 0,
      shutdownGraceSeconds: 3,
      logLevel: 'info',
      logFormat: 'pretty',
    });
  });

  it('logs for people on a terminal and with the embedded database, unless told otherwise', () => {
    const DATABASE_URL = 'postgresql://u:p@db.example:5432/app';
    expect(loadConfig({}, false).logFormat).toBe('pretty');
    expect(loadConfig({ ENCRYPTION_KEY, DATABASE_URL }, true).logFormat).toBe('pretty');
    expect(loadConfig({ ENCRYPTION_KEY, DATABASE_URL }, false).logFormat).toBe('json');
    expect(loadConfig({ LOG_FORMAT: 'json' }, true).logFormat).toBe('json');
  });

  it('lets components reach public addresses only when a DATABASE_URL is given', () => {
    const DATABASE_URL = 'postgresql://u:p@db.example:5432/app';
    expect(loadConfig({ DATABASE_URL, ENCRYPTION_KEY }, false).egressAllow).toEqual([]);
    expect(
      loadConfig({ DATABASE_URL, ENCRYPTION_KEY, EGRESS_ALLOW: '10.0.0.0/8, fd00::/8' }, false),
    ).toMatchObject({
      egressAllow: ['10.0.0.0/8', 'fd00::/8'],
    });
  });

  it('needs an ENCRYPTION_KEY beside a DATABASE_URL', () => {
    expect(faultsOf({ DATABASE_URL: 'postgresql://u:p@h/d' })).toEqual([
      expect.stringMatching(/^ENCRYPTION_KEY must be set when DATABASE_URL is: it must be 32 random bytes/),
    ]);
  });

  it('takes several encryption keys, the current one first, and prints none', () => {
    const other = Buffer.alloc(32, 2).toString('base64');
    const { encryptionKeys } = loadConfig({ ENCRYPTION_KEY: `${ENCRYPTION_KEY}, ${other}` }, false);
    expect(encryptionKeys.map((key) => key.export()[0])).toEqual([1, 2]);
    expect(JSON.stringify(encryptionKeys)).toBe('[{},{}]');
  });

  it('cannot be changed after boot', () => {
    const config = loadConfig({}, false);
    expect(Object.isFrozen(config) && Object.isFrozen(config.egressAllow)).toBe(true);
  });

  it('takes the version of the package', () => {
    expect(loadConfig({}, false).version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('counts a variable that is set to nothing as unset', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '' }, false)).toMatchObject({
      port: 3000,
      databaseUrl: null,
    });
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '1e3'],
    ['PORT', '-1'],
    ['HOST', 'a b'],
    ['DATABASE_URL', 'mysql://secret@h/d'],
    ['DATABASE_URL', 'postgresql://secret@h'],
    ['BOOTSTRAP_API_KEY', 'mcp_secret'],
    ['ENCRYPTION_KEY', 'c2hvcnQ='],
    ['ENCRYPTION_KEY', `${ENCRYPTION_KEY},${ENCRYPTION_KEY}`],
    ['ENCRYPTION_KEY', `${ENCRYPTION_KEY.slice(0, 42)}F=`],
    ['ROLE', 'boss'],
    ['WORKER_CONCURRENCY', '-5'],
    ['RUN_RETENTION_DAYS', '-7'],
    ['RUN_RETENTION_DAYS', '36501'],
    ['RATE_LIMIT_PER_MINUTE', 'many'],
    ['TRUST_PROXY', 'true'],
    ['EGRESS_ALLOW', 'private,10.0.0.0'],
    ['EGRESS_ALLOW', '10.0.0.0/33'],
    ['SHUTDOWN_DRAIN_SECONDS', '3601'],
    ['SHUTDOWN_GRACE_SECONDS', '-2'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
  ])('refuses %s=%s by its name, says what is allowed, and does not show the value', (name, value) => {
    const [fault, ...others] = faultsOf({ [name]: value });
    expect(others).toEqual([]);
    expect(fault).toMatch(new RegExp(`^${name} must be `));
    expect(fault).not.toContain(value);
  });

  it('tells all faults at once', () => {
    expect(faultsOf({ PORT: 'x', ROLE: 'x', LOG_LEVEL: 'x' })).toHaveLength(3);
  });
});

describe('secrets in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  const path = join(folder, 'secret');
  const url = 'postgresql://u:p@h/d';
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('are read without their last line break', () => {
    writeFileSync(path, `${url}\n`);
    expect(loadConfig({ DATABASE_URL_FILE: path, ENCRYPTION_KEY }, false).databaseUrl).toBe(url);
  });

  it('are refused beside the variable itself', () => {
    expect(faultsOf({ DATABASE_URL_FILE: path, DATABASE_URL: url })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set: set one of them',
    ]);
  });

  it('are refused when missing or empty', () => {
    writeFileSync(path, '\n');
    expect(faultsOf({ DATABASE_URL_FILE: path, BOOTSTRAP_API_KEY_FILE: join(folder, 'no') })).toHaveLength(2);
  });

  it.each<[string, Record<string, string>, object | null]>([
    ['nothing', {}, null],
    ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' }, { traces: true, metrics: PROTOBUF }],
    [
      'traces only',
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://otel:4318/v1/traces' },
      { traces: true, metrics: null },
    ],
    [
      'metrics only, as JSON',
      {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://otel:4318/v1/metrics',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_METRIC_EXPORT_INTERVAL: '5000',
      },
      { traces: false, metrics: { protocol: 'http/json', intervalMs: 5_000 } },
    ],
    [
      'an endpoint, and no exporter for traces',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_TRACES_EXPORTER: 'none' },
      { traces: false, metrics: PROTOBUF },
    ],
    [
      'an endpoint, disabled',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_SDK_DISABLED: 'true' },
      null,
    ],
  ])('exports to OpenTelemetry what its variables ask for: %s', (_asked, environment, telemetry) => {
    expect(loadConfig(environment, false).telemetry).toEqual(telemetry && { ...telemetry, headers: {} });
  });

  it('hands the headers for a collector on, from files as well', () => {
    writeFileSync(path, 'authorization=Bearer%20abc,x-tenant=a\n');
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318',
      OTEL_EXPORTER_OTLP_HEADERS_FILE: path,
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-tenant=b',
    };
    expect(loadConfig(environment, false).telemetry?.headers).toEqual({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc,x-tenant=a',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-tenant=b',
    });
    expect(faultsOf({ OTEL_EXPORTER_OTLP_HEADERS: 'Bearer abc' })).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS must be of the form name=value, or several with commas between',
    ]);
  });

  it('refuses protocols of OpenTelemetry that it does not speak', () => {
    expect(faultsOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toEqual([
      'OTEL_EXPORTER_OTLP_PROTOCOL must be one of: http/protobuf, http/json',
    ]);
  });
});
