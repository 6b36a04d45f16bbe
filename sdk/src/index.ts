export { createClient, createConfig, type Client, type Config } from './generated/client/index.js';
export * from './generated/index.js';
