import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { load } from 'js-yaml';

import { isWellFormedApiKey } from '../../../src/api-keys/api-key-format';
import { loadConfig } from '../../../src/config/load-config';
import { SECRET_VARIABLES, variablesSchema } from '../../../src/config/variables';

const FOLDER = resolve(__dirname, '../../../deploy/compose');
/** Of the Compose Specification (compose-spec/compose-spec on GitHub, 170098b, Apache 2.0). */
const SCHEMA = resolve(__dirname, '../../support/schemas/compose-spec.json');

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly [field: string]: unknown;
}

const text = readFileSync(join(FOLDER, 'compose.yaml'), 'utf8');
const compose = load(text) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};
const ours = ['api', 'worker'].map((name) => [name, compose.services[name] as Service] as const);

describe('compose.yaml', () => {
  it('is one by the Compose Specification', () => {
    const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true });
    addFormats(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
    validate(compose);
    expect(validate.errors).toBeNull();
    expect(validate({ ...compose, services: { api: { imagee: 'x' } } })).toBe(false);
  });

  it.each(ours)('gives %s variables that the program takes, and its secrets as files', (name, service) => {
    const { environment, secrets } = service;
    expect(environment['ROLE']).toBe(name);
    for (const variable of Object.keys(environment)) {
      const plain = variable.replace(/_FILE$/, '');
      expect([variable, plain in variablesSchema.shape]).toEqual([variable, true]);
      const isSecret = SECRET_VARIABLES.some((secret) => secret === plain);
      expect([variable, variable.endsWith('_FILE')]).toEqual([variable, isSecret]);
      if (isSecret) expect(secrets).toContain(environment[variable]?.replace('/run/secrets/', ''));
    }
    expect(secrets.filter((secret) => !(secret in compose.secrets))).toEqual([]);
  });

  it.each(ours)('gives %s a read-only root and no capability', (_name, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    const options = service['security_opt'] as string[];
    expect(options).toContain('no-new-privileges:true');
    const profile = options.find((option) => option.startsWith('seccomp='))?.slice('seccomp='.length) ?? '';
    const { defaultAction } = JSON.parse(readFileSync(join(FOLDER, profile), 'utf8')) as {
      defaultAction: string;
    };
    expect(defaultAction).toBe('SCMP_ACT_ERRNO');
    const grace = Number(service.environment['SHUTDOWN_GRACE_SECONDS']);
    expect(service['stop_grace_period']).toBe(`${grace + 5}s`);
  });
});

describe('make-secrets.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  const secret = (name: string): string => readFileSync(join(folder, 'secrets', name), 'utf8').trim();

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('makes secrets that the program takes, once', () => {
    const script = join(folder, 'make-secrets.sh');
    copyFileSync(join(FOLDER, 'make-secrets.sh'), script);
    execFileSync('bash', [script]);
    const names = Object.keys(compose.secrets);
    const before = names.map(secret);
    execFileSync('bash', [script]);
    expect(names.map(secret)).toEqual(before);

    expect(isWellFormedApiKey(secret('bootstrap-api-key'))).toBe(true);
    const variables = { DATABASE_URL: secret('database-url'), ENCRYPTION_KEY: secret('encryption-key') };
    expect(loadConfig(variables, false).encryptionKeys).toHaveLength(1);
    expect(new URL(variables.DATABASE_URL).password).toBe(secret('postgres-password'));
    // Containers read the files as another account; nobody else gets into the folder.
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'secrets/database-url')).mode & 0o777).toBe(0o644);
  });
});
