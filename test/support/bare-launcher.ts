import { StdioLauncher } from '../../src/components/mcp-server/stdio-launcher';
import { Sandbox } from '../../src/security/sandbox/sandbox';

/** Starts servers without a sandbox, as on a machine that has none: nobody has looked for one. */
export const bareLauncher = new StdioLauncher(new Sandbox({ allowUnsandboxed: false, hidden: [] }), {
  paths: [],
  commands: null,
});
