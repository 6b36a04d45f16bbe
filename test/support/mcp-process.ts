import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from './eventually';
import { freePort } from './free-port';

/** An MCP server as a process that listens on a port, and that can be killed and started again. */
export class McpProcess {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly args: readonly string[],
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** @param args of Node: the script first */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<McpProcess> {
    const server = new McpProcess(args, await freePort(), env);
    await server.start();
    return server;
  }

  url(path = '/mcp'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, this.args, {
      env: { ...process.env, ...this.env, PORT: String(this.port) },
      stdio: 'ignore',
    });
    this.child = child;
    await eventually(() => this.takesConnections());
  }

  /** Ends it without a word, as a crash does. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  private async takesConnections(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}
