/**
 * Four kinds of tests: pure units beside their code, integration on a real PostgreSQL, e2e over HTTP on the built app, and
 * chaos, which harms the processes of one while they run.
 */
// Published as ES modules only: compiled to CommonJS on the fly, because Jest's require cannot load them.
const esmOnly = [
  'jose',
  'ai',
  '@ai-sdk',
  '@workflow',
  'eventsource-parser',
  'zod',
  '@nestjs',
  '@modelcontextprotocol',
  '@marcbachmann',
  '@borewit',
  '@tokenizer',
  'es-toolkit',
  'file-type',
  'load-esm',
  'pg-boss',
  'serialize-error',
  'non-error',
  'strtok3',
  'token-types',
  'uid',
  'uint8array-extras',
  'uuid',
];

const common = {
  testEnvironment: 'node',
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest'] },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json'],
};

module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      roots: ['<rootDir>/src'],
      testMatch: ['**/*.spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
    {
      ...common,
      displayName: 'integration',
      roots: ['<rootDir>/test/integration'],
      testMatch: ['**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
    {
      ...common,
      displayName: 'e2e',
      roots: ['<rootDir>/test/e2e'],
      testMatch: ['**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
    {
      ...common,
      displayName: 'chaos',
      roots: ['<rootDir>/test/chaos'],
      testMatch: ['**/*.spec.ts'],
      globalSetup: '<rootDir>/test/chaos/ensure-built-setup.ts',
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
  ],
};
