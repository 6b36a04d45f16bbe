import { getEventListeners } from 'node:events';
import { join } from 'node:path';

import { McpUpstreams } from '../../../src/components/mcp-server/mcp-upstreams';
import { POOL_LIMITS } from '../../../src/components/mcp-server/server-sessions';
import type { Upstream } from '../../../src/components/mcp-server/upstream-servers';
import type { JsonObject } from '../../../src/engine/core/json';
import { EgressGuard } from '../../../src/security/egress/egress-guard';
import { bareLauncher } from '../../support/bare-launcher';
import { eventually } from '../../support/eventually';
import { descendants } from '../../support/holdings';
import { type SessionServer, startSessionServer } from '../../support/mcp/session-server';

const IDLE_SERVER = join(__dirname, '../../support/mcp/idle-server.mjs');

/** Of what is open in this process: sockets, pipes, children. */
const RESOURCES = /^(TCPSocketWrap|PipeWrap|ProcessWrap)$/;

describe('calls of MCP servers', () => {
  let guard: EgressGuard;
  let upstreams: McpUpstreams;
  let far: SessionServer;

  beforeEach(async () => {
    far = await startSessionServer();
    guard = new EgressGuard(['loopback']);
    // Connections that nobody uses are closed soon, so that what stays is what was forgotten.
    const limits = { ...POOL_LIMITS, idleMs: 200 };
    upstreams = new McpUpstreams({ launcher: bareLauncher, egress: guard, version: '0.0.0', limits });
  });
  afterEach(async () => {
    await upstreams.close();
    await guard.close();
    await far.close();
  });

  const upstream = (config: JsonObject): Upstream => ({
    definitionId: 'definition-1',
    versionId: 'version-1',
    config: { type: 'mcp_server', ...config },
  });
  const servers = (): Upstream[] => [
    upstream({ transport: 'streamable_http', url: far.url }),
    upstream({ transport: 'stdio', command: process.execPath, args: [IDLE_SERVER] }),
  ];

  const call = (of: Upstream, tool: string, signal: AbortSignal) =>
    upstreams.callTool(of, { tool, args: {}, idempotencyKey: 'key' }, { signal });

  const processListeners = (): number =>
    process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);

  const resources = (): number =>
    process.getActiveResourcesInfo().filter((name) => RESOURCES.test(name)).length;

  it('leave no listener behind on the signal that they share, and no session, process or socket', async () => {
    const [listeners, open, below] = [processListeners(), resources(), descendants(process.pid).length];
    const { signal } = new AbortController();
    for (const of of servers()) {
      let left = 500;
      const caller = async (): Promise<void> => {
        while (left-- > 0) await call(of, 'say', signal);
      };
      await Promise.all(Array.from({ length: 16 }, caller));
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    // One for all processes: eleven of them would have Node warn of a leak.
    expect(processListeners()).toBeLessThanOrEqual(listeners + 1);
    await eventually(() => far.sessions.size === 0 && descendants(process.pid).length === below);
    expect(processListeners()).toBe(listeners);
    await guard.close();
    await eventually(() => resources() <= open);
  });

  it('that are given up leave nothing either, at their servers and here', async () => {
    const below = descendants(process.pid).length;
    for (const of of servers()) {
      const givenUp = Array.from({ length: 50 }, () => new AbortController());
      const calls = givenUp.map(({ signal }) => call(of, 'hang', signal).catch(String));
      if (of.config['transport'] === 'streamable_http') await eventually(() => far.hanging === 50);
      else await eventually(() => descendants(process.pid).length > below);
      for (const controller of givenUp) controller.abort(new Error('enough'));
      expect(await Promise.all(calls)).toEqual(givenUp.map(() => 'Error: enough'));
      for (const { signal } of givenUp) expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
    await eventually(() => far.hanging === 0 && far.sessions.size === 0);
    await eventually(() => descendants(process.pid).length === below);
  });
});
