/** What one sandbox may use. Nothing in it can raise any of these. */
export interface SandboxLimits {
  /** Memory of all its processes together, MiB; past it the sandbox is killed. Files in /tmp come on top. */
  readonly memoryMb: number;
  /** What /tmp holds at most, MiB: it is memory. Also the largest file. */
  readonly tmpMb: number;
  /** Processes and threads at a time. Node alone has about 12. */
  readonly processes: number;
  /** CPU seconds of each process; undefined: as many as it lives. */
  readonly cpuSeconds: number | undefined;
}

/** Something to run in a sandbox. */
export interface SandboxedCommand {
  /** A program's name, looked for in the sandbox's PATH, or its absolute path. Never a shell's line. */
  readonly command: string;
  readonly args: readonly string[];
  /** All variables that it sees beside PATH, HOME, TMPDIR and LANG. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  /** The machine's own network, loopback included; otherwise a loopback of its own and nothing else. */
  readonly network: boolean;
  /** Absolute paths of the machine that it sees under the same names, beside the runtime. */
  readonly readPaths: readonly string[];
  readonly writePaths: readonly string[];
}
