import type { JsonValue } from '../engine/core/json';
import { ComponentRegistry } from './component-registry';
import { createComponentTypes } from './component-types';
import { MCP_TYPES } from './component-type';
import { HttpRequest } from './http-request/http-request';
import { PythonScript } from './python-script/python-script';
import { ConfigSecrets } from './secrets/config-secrets';
import { TypescriptScript } from './typescript-script/typescript-script';
import { Sandbox } from '../security/sandbox/sandbox';
import { stepContext } from '../../test/support/step-context';
import { unreachableWorld } from '../../test/support/unreachable-world';

const DATABASE_ID = '01976b1c-0000-7000-8000-000000000000';

describe('ComponentRegistry', () => {
  const registry = new ComponentRegistry(createComponentTypes(unreachableWorld()));
  afterAll(() => registry.close());

  it('has every type of the contract, each once', () => {
    expect(registry.types.map(({ mcpType }) => mcpType)).toEqual([...MCP_TYPES]);
  });

  it.each(MCP_TYPES)('takes the example of %s', (mcpType) => {
    expect(registry.checkConfig(registry.find(mcpType)?.example ?? {})).toEqual([]);
  });

  it.each([
    [{}, 'type'],
    [{ type: 'perl_script' }, 'type'],
    [{ type: 'jupyter_notebook' }, 'notebook'],
    [{ type: 'jupyter_notebook', notebook: { nbformat: 3, cells: [] } }, 'notebook'],
    [{ type: 'http_request' }, 'url'],
    [{ type: 'http_request', url: 'https://a.example', method: 'FETCH' }, 'method'],
    [{ type: 'http_request', url: 'https://a.example', retries: 3 }, 'retries'],
    [{ type: 'http_request', url: 'https://a.example', max_bytes: 1e9 }, 'max_bytes'],
    [{ type: 'http_request', url: 'https://a.example', expect_status: ['200'] }, 'expect_status'],
    [{ type: 'mcp_server', transport: 'websocket', url: 'https://a.example' }, 'transport'],
    [{ type: 'mcp_server', transport: 'streamable_http' }, 'url'],
    [{ type: 'mcp_server', transport: 'stdio', command: 'x', url: 'https://a.example' }, 'url'],
    [{ type: 'mcp_server', transport: 'streamable_http', url: 'ftp://a.example' }, 'url'],
    [
      { type: 'mcp_server', transport: 'streamable_http', url: 'https://a.example', headers: { Host: 'b' } },
      'headers.Host',
    ],
    [{ type: 'mcp_server', transport: 'stdio', command: 'x', args: ['${{ inputs.a }}'] }, 'args'],
    [{ type: 'mcp_server', transport: 'stdio', command: 'x', env: { 'A=B': '1' } }, 'env.A=B'],
    [{ type: 'sql_query', external_db_config_id: '1', sql: 'SELECT 1' }, 'external_db_config_id'],
    [{ type: 'sql_query', external_db_config_id: DATABASE_ID }, 'sql'],
    [{ type: 'sql_query', external_db_config_id: DATABASE_ID, sql: "SELECT '${{ inputs.a }}'" }, 'sql'],
    [
      { type: 'sql_query', external_db_config_id: DATABASE_ID, sql: 'SELECT 1', max_rows: 10_001 },
      'max_rows',
    ],
    [
      { type: 'mcp_server', transport: 'stdio', command: 'x', env: { LD_PRELOAD: '/x.so' } },
      'env.LD_PRELOAD',
    ],
    [{ type: 'mcp_server', transport: 'stdio', command: 'x', read_paths: ['/etc'] }, 'read_paths[0]'],
    [{ type: 'typescript_script', code: 'export default (' }, 'code'],
    [{ type: 'python_script', code: 'x = 1' }, 'code'],
    [{ type: 'typescript_script', code: 'export default 1', memory_mb: 4096 }, 'memory_mb'],
    [{ type: 'typescript_script', code: 'export default 1', runtime: 'node', memory_mb: 32 }, 'memory_mb'],
    [{ type: 'typescript_script', code: 'export default 1', runtime: 'deno' }, 'runtime'],
  ])('finds the fault in %j', (config, path) => {
    const paths = registry.checkConfig(config).map((issue) => issue.path);
    expect(paths.every((one) => one.startsWith(path))).toBe(true);
    expect(paths.length).toBeGreaterThan(0);
  });

  it.each([
    [{ type: 'typescript_script', code: '' }, true],
    [{ type: 'python_script', code: '' }, true],
    [{ type: 'jupyter_notebook' }, true],
    [{ type: 'mcp_server', transport: 'stdio', command: 'x' }, true],
    [{ type: 'mcp_server', transport: 'streamable_http', url: 'https://a.example' }, false],
    [{ type: 'http_request', url: 'https://a.example' }, false],
  ])('says of %j whether it executes code: %s', (config, executes) => {
    expect(registry.executesCode(config)).toBe(executes);
  });

  it.each([
    [{ type: 'python_script', code: 'def main(inputs): return 1' }, ['type']],
    [{ type: 'typescript_script', code: 'export default () => 1', runtime: 'node' }, ['type']],
    [{ type: 'typescript_script', code: 'export default () => 1' }, []],
  ])('where there is no sandbox, finds in %j the faults %j', async (config, paths) => {
    const sandbox = new Sandbox({ allowUnsandboxed: false, hidden: [] });
    const unprobed = new ComponentRegistry([new TypescriptScript(sandbox), new PythonScript(sandbox)]);
    expect(unprobed.checkConfig(config).map(({ path }) => path)).toEqual(paths);
    await unprobed.close();
  });

  it('fails for an output that is too deep to be walked through, also when it knows secrets', async () => {
    const secrets = new ConfigSecrets({ find: () => Promise.resolve(new Map([['S', 'a secret value']])) });
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as JsonValue;
    const http = new HttpRequest(() => Promise.reject(new Error('asks nobody')));
    jest.spyOn(http, 'run').mockResolvedValue(deep);
    const component = {
      versionId: 'v',
      mcpType: 'http_request',
      config: { type: 'http_request', url: 'https://a.example', headers: { 'x-key': '${{ secrets.S }}' } },
      inputSchema: null,
      outputSchema: null,
    };
    const call = { component, tool: null, inputs: {}, idempotencyKey: 'r:s', attempt: 1, timeoutMs: 1000 };
    await expect(new ComponentRegistry([http], secrets).run(call, stepContext({}))).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
  });

  it('does not run a step that is over already', async () => {
    const reason = new Error('over');
    const call = {
      runId: 'r',
      stepId: 's',
      attempt: 1,
      component: {
        versionId: 'v',
        mcpType: 'http_request',
        config: { type: 'http_request', url: 'https://a.example' },
        inputSchema: null,
        outputSchema: null,
      },
      tool: null,
      inputs: {},
      idempotencyKey: 'r:s',
      timeoutMs: 1000,
    };
    const context = stepContext({ signal: AbortSignal.abort(reason) });
    await expect(registry.run(call, context)).rejects.toBe(reason);
  });
});
