import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, normalize } from 'node:path';
import { AppError } from '../../common/errors/app-error';
import type { Issue } from '../../engine/core/issue';
import { isWithin } from '../../security/sandbox/path-rules';
import type { ProcessGroup } from '../../security/sandbox/process-group';
import type { Sandbox } from '../../security/sandbox/sandbox';
import type { SandboxLimits } from '../../security/sandbox/sandboxed-command';
import type { StdioServer } from './mcp-server-config';

/** A server is kept for many calls and may be any program: room for Node with a browser's worth of libraries. */
const LIMITS: SandboxLimits = { memoryMb: 1024, tmpMb: 256, processes: 256, cpuSeconds: undefined };

/** Rarely: a kept server is looked at all the time that it is kept. */
const WATCH_EVERY_MS = 500;

const NODE_MODULES = '/node_modules';

/** What every sandbox shows, or has one of its own of. */
const SHOWN_TO_ALL = /^\/(usr|bin|sbin|lib\d*|proc|dev)(\/|$)|^\/tmp$/;

/**
 * Variables that make a program load code of the caller's choice, or run it, before its own: of the dynamic linker,
 * of runtimes, of shells. With them an allowed command would be any command.
 */
const LOADS_CODE =
  /^(LD_.*|DYLD_.*|GCONV_PATH|NODE_OPTIONS|NODE_PATH|PYTHON(STARTUP|PATH|HOME|USERBASE|BREAKPOINT)|PERL5(OPT|LIB|DB)|PERLLIB|RUBY(OPT|LIB)|(_JAVA|JDK_JAVA|JAVA_TOOL)_OPTIONS|BASH_ENV|ENV|SHELLOPTS|PROMPT_COMMAND)$/;

/** What an operator allows to MCP servers that are processes. */
export interface StdioRules {
  /** Folders of the machine that sandboxed servers may be shown; absolute. */
  readonly paths: readonly string[];
  /** The only commands; null: any. */
  readonly commands: readonly string[] | null;
}

/** Starts MCP servers as processes: in the sandbox where there is one, always with an argv and never by a shell. */
export class StdioLauncher {
  constructor(
    private readonly sandbox: Sandbox,
    private readonly rules: StdioRules,
  ) {}

  /** What is wrong with a server, so that it is told when it is saved. */
  check(server: StdioServer): Issue[] {
    return [
      ...this.checkCommand(server),
      ...this.checkEnvironment(server.env),
      ...this.checkPaths('read_paths', server.readPaths),
      ...this.checkPaths('write_paths', server.writePaths),
    ];
  }

  /** @throws AppError FORBIDDEN for what {@link check} would refuse: the operator may have changed the rules since */
  start(server: StdioServer): ProcessGroup {
    const [refused] = [...this.checkCommand(server), ...this.checkEnvironment(server.env)];
    if (refused !== undefined) throw new AppError('FORBIDDEN', `config.${refused.path}: ${refused.message}`);
    const isOurNode =
      isAbsolute(server.command) && realPath(server.command) === realpathSync(process.execPath);
    const named = [server.command, ...server.args].flatMap((text) => folderOf(text) ?? []);
    return this.sandbox.start(
      {
        // Ours stands elsewhere in the sandbox.
        command: isOurNode ? this.sandbox.node : server.command,
        args: server.args,
        env: server.env,
        limits: LIMITS,
        network: server.network,
        readPaths: this.allowed([...named, ...server.readPaths]),
        writePaths: this.allowed(server.writePaths),
      },
      { watchEveryMs: WATCH_EVERY_MS },
    );
  }

  /**
   * The arguments that are paths of which a server sees nothing in its sandbox, for words about one that failed. Whether
   * they exist on the machine is not told.
   */
  hiddenPaths({ args }: StdioServer): string[] {
    if (!this.sandbox.sandbox.available) return [];
    return args.filter(
      (path) =>
        isAbsolute(path) && !SHOWN_TO_ALL.test(path) && this.allowed([folderOf(path) ?? path]).length === 0,
    );
  }

  private checkCommand({ command, env }: StdioServer): Issue[] {
    const { commands } = this.rules;
    if (commands === null) return [];
    if (!commands.includes(command)) {
      return [{ path: 'command', message: `must be one that this server allows: ${commands.join(', ')}` }];
    }
    if (!('PATH' in env)) return [];
    return [{ path: 'env.PATH', message: 'must not be set where only certain commands are allowed' }];
  }

  private checkEnvironment(env: StdioServer['env']): Issue[] {
    return Object.entries(env).flatMap(([name, value]) => {
      const path = `env.${name}`;
      if (LOADS_CODE.test(name)) {
        return [{ path, message: 'must not be set: it makes programs load other code than their own' }];
      }
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !value.includes('\0')) return [];
      return [{ path, message: 'is not a variable that a process can have' }];
    });
  }

  private checkPaths(field: string, paths: readonly string[]): Issue[] {
    return paths.flatMap((path, index) => {
      if (this.allowed([path]).length > 0) return [];
      const allowed = this.rules.paths.length === 0 ? 'nothing' : this.rules.paths.join(', ');
      return [
        {
          path: `${field}[${index}]`,
          message: `must exist and lie in what STDIO_PATHS_ALLOW names: ${allowed}`,
        },
      ];
    });
  }

  /** Those that exist and lie in an allowed folder, by their names and where links lead. */
  private allowed(paths: readonly string[]): string[] {
    const folders = this.rules.paths.flatMap((path) => realPath(path) ?? []);
    const may = (path: string) => {
      const real = isAbsolute(path) && normalize(path) === path ? realPath(path) : null;
      return real === path && folders.some((folder) => isWithin(real, folder));
    };
    return [...new Set(paths)].filter(may);
  }
}

/**
 * The folder that an argument means, should it be a path: its outermost `node_modules` for a package's program, the
 * folder of another file, a folder itself. Null for anything else.
 */
function folderOf(argument: string): string | null {
  if (!isAbsolute(argument) || !existsSync(argument)) return null;
  const modules = argument.indexOf(`${NODE_MODULES}/`);
  if (modules !== -1) return argument.slice(0, modules + NODE_MODULES.length);
  return statSync(argument).isDirectory() ? argument : dirname(argument);
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
