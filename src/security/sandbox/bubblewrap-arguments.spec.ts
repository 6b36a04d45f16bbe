import { bubblewrapStart } from './bubblewrap-arguments';
import type { RuntimeLayout } from './runtime-layout';
import type { SandboxedCommand } from './sandboxed-command';

const LAYOUT: RuntimeLayout = {
  links: [{ at: '/lib', target: 'usr/lib' }],
  binds: [
    { from: '/usr', to: '/usr' },
    { from: '/srv/app/node', to: '/opt/mcp-backend/bin/node' },
  ],
  networkFiles: ['/etc/resolv.conf'],
  hidden: ['/var/lib/mcp-backend', '/usr/src/app'],
};

const COMMAND: SandboxedCommand = {
  command: 'server',
  args: ['--port', '-- ; rm -rf /'],
  env: { TOKEN: 'a secret' },
  limits: { memoryMb: 100, tmpMb: 2, processes: 30, cpuSeconds: 1.5 },
  network: false,
  readPaths: [],
  writePaths: [],
};

function start(change: Partial<SandboxedCommand> = {}, isRoot = true) {
  return bubblewrapStart(
    { ...COMMAND, ...change },
    LAYOUT,
    { kind: isRoot ? 'drop' : 'user_namespace', uid: 60_777 },
    { options: 3, seccomp: 4 },
  );
}

/** Whether these options stand side by side. */
function has(list: readonly string[], ...options: string[]): boolean {
  return list.some((_unused, at) => options.every((option, offset) => list[at + offset] === option));
}

describe('bubblewrapStart', () => {
  it('keeps variables, paths and mounts out of what everybody can see', () => {
    const { args, options } = start();
    expect(args.slice(0, 3)).toEqual(['--args', '3', '--']);
    expect(JSON.stringify(args)).not.toContain('a secret');
    expect(JSON.stringify(args)).not.toContain('/srv/app');
    expect(has(options, '--setenv', 'TOKEN', 'a secret')).toBe(true);
  });

  it('gives the command and its arguments as they are, after the limits', () => {
    const { args } = start();
    expect(args.slice(args.indexOf('/usr/bin/prlimit'))).toEqual([
      '/usr/bin/prlimit',
      '--nproc=30',
      '--nofile=1024',
      `--fsize=${2 * 1024 * 1024}`,
      `--data=${868 * 1024 * 1024}`,
      '--core=0',
      '--cpu=2',
      '--',
      'server',
      '--port',
      '-- ; rm -rf /',
    ]);
  });

  it.each([
    [true, false],
    [false, true],
  ])('when we are root (%s), makes a user namespace: %s, and always another user', (isRoot, makes) => {
    const { args, options } = start({}, isRoot);
    expect(options.includes('--unshare-user')).toBe(makes);
    expect(has(options, '--uid', '60777')).toBe(makes);
    expect(args.includes('--reuid=60777')).toBe(isRoot);
    expect(args.includes('--bounding-set=-all')).toBe(isRoot);
  });

  it.each(['--die-with-parent', '--new-session', '--unshare-pid', '--unshare-ipc', '--unshare-uts'])(
    'always has %s',
    (option) => {
      expect(start({ network: true }).options).toContain(option);
    },
  );

  it.each([
    [false, true],
    [true, false],
  ])('with network %s, makes a network namespace: %s', (network, makes) => {
    const { options } = start({ network });
    expect(options.includes('--unshare-net')).toBe(makes);
    expect(has(options, '--ro-bind', '/etc/resolv.conf', '/etc/resolv.conf')).toBe(network);
  });

  it('makes everything read-only but /tmp and what may be written', () => {
    const { options } = start({ readPaths: ['/srv/docs'], writePaths: ['/srv/out'] });
    expect(options.filter((option) => option === '--bind')).toHaveLength(1);
    expect(has(options, '--bind', '/srv/out', '/srv/out')).toBe(true);
    expect(has(options, '--ro-bind', '/srv/docs', '/srv/docs')).toBe(true);
    expect(has(options, '--perms', '1777', '--size', '2097152', '--tmpfs', '/tmp')).toBe(true);
    expect(has(options, '--remount-ro', '/')).toBe(true);
    expect(has(options, '--remount-ro', '/dev')).toBe(true);
  });

  it('lays an empty folder over ours where a bind would show them, and only there', () => {
    expect(has(start().options, '--tmpfs', '/usr/src/app')).toBe(true);
    expect(start().options).not.toContain('/var/lib/mcp-backend');
    expect(has(start({ readPaths: ['/var/lib'] }).options, '--tmpfs', '/var/lib/mcp-backend')).toBe(true);
  });

  it('shows what a command may read in a hidden folder, and nothing beside it', () => {
    const { options } = start({ readPaths: ['/usr/src/app/node_modules'] });
    const hidings = options.flatMap((option, at) =>
      option === '--tmpfs' && options[at + 1] === '/usr/src/app' ? [at] : [],
    );
    expect(hidings).toHaveLength(1);
    expect(has(options.slice(hidings[0]), '--ro-bind', '/usr/src/app/node_modules')).toBe(true);
  });

  it('makes the folders above a mount readable for everyone', () => {
    expect(has(start().options, '--perms', '0755', '--dir', '/opt/mcp-backend/bin')).toBe(true);
    const { options } = start({ readPaths: ['/tmp/clone/node_modules'] });
    const inTmp = options.slice(options.indexOf('/tmp'));
    expect(has(inTmp, '--perms', '0755', '--dir', '/tmp/clone')).toBe(true);
  });
});
