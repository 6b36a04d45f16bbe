import { compileSchema } from '../../engine/core/json-schema';
import type { JsonObject } from '../../engine/core/json';
import { MCP_SERVER_SCHEMA } from './mcp-server-config';

const compiled = compileSchema(MCP_SERVER_SCHEMA);

describe('the configuration of an MCP server', () => {
  it.each<[config: JsonObject, issues: string[]]>([
    [{}, ['config.transport: is required']],
    [{ transport: 'pigeon' }, ['config.transport: must be one of: streamable_http, sse, stdio']],
    [{ transport: 'sse' }, ['config.url: is required']],
    [{ transport: 'stdio' }, ['config.command: is required']],
    [
      { transport: 'stdio', url: 'http://x.test' },
      ['config.command: is required', 'config.url: is not known; allowed: '],
    ],
    [{ transport: 'stdio', command: 'node', url: 'http://x.test' }, ['config.url: is not known; allowed: ']],
    [{ transport: 'sse', url: 1 }, ['config.url: must be string, not number']],
  ])('%j is told once what is wrong with it', (config, issues) => {
    if (!compiled.ok) throw new Error('The schema of a configuration compiles');
    const found = compiled.value({ type: 'mcp_server', ...config }, 'config');
    expect(found.map(({ path, message }) => `${path}: ${message}`)).toEqual(
      issues.map((issue) => expect.stringMatching(`^${issue}`) as string),
    );
  });
});
