import { bareLauncher } from './bare-launcher';
import type { ComponentDependencies } from '../../src/components/component-types';
import { McpUpstreams } from '../../src/components/mcp-server/mcp-upstreams';
import { Sandbox } from '../../src/security/sandbox/sandbox';
import { noEgress } from './no-egress';

const noComponents = () => Promise.reject(new Error('There are no registered components in this test'));

/** What component types are made with where a test gives them no world: whoever reaches for it fails. */
export function unreachableWorld(): ComponentDependencies {
  return {
    fetch: noEgress.fetch,
    upstreams: new McpUpstreams({ launcher: bareLauncher, egress: noEgress, version: '0' }),
    sandbox: new Sandbox({ allowUnsandboxed: true, hidden: [] }),
    databases: { query: () => Promise.reject(new Error('There is no database in this test')) },
    components: { find: noComponents, findVersion: noComponents },
    run: () => Promise.reject(new Error('There is no component to run in this test')),
  };
}
