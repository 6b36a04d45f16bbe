import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/eventually';
import { hasProcess } from '../../support/process-table';
import { openSandbox, sandboxTests } from '../../support/sandbox';
import { AttackedCode, type Attack, type Language } from './attacked-code';

/** A secret of the service, in each place where it could be found. */
const SECRET = 'kept-by-the-service-7f3a';

/** Gathers what can be read, and gives it: whatever cannot be is left out. */
const readAll = (...paths: string[]): Attack => ({
  python: `
found = ""
for path in ${JSON.stringify(paths)}:
    try:
        found += open(path, errors="replace").read()
    except OSError:
        pass
return found`,
  node: `
  const { readFileSync } = await import('node:fs');
  let found = '';
  for (const path of ${JSON.stringify(paths)}) try { found += readFileSync(path, 'latin1') } catch {}
  return found;`,
});

sandboxTests.each<Language>(['python', 'node'])('attacks by %s code', (language) => {
  let dataDir: string;
  let code: AttackedCode;
  let neighbour: Server;
  let neighbourPort: number;
  let visits = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'attacked-data-'));
    await writeFile(join(dataDir, 'encryption-key'), SECRET);
    process.env['ATTACKED_SECRET'] = SECRET;
    code = new AttackedCode(await openSandbox([dataDir]));
    neighbour = createServer((socket) => {
      visits += 1;
      socket.end(SECRET);
    }).listen(0, '0.0.0.0');
    await eventually(() => neighbour.listening);
    neighbourPort = (neighbour.address() as AddressInfo).port;
  });
  afterEach(async () => {
    expect(await code.goesOn()).toBe(true);
  });
  afterAll(async () => {
    delete process.env['ATTACKED_SECRET'];
    neighbour.close();
    await code.close();
    await rm(dataDir, { recursive: true });
  });

  const run = (attack: Attack, inputs = {}) => code.run(language, attack, inputs);

  it('a memory bomb is stopped at memory_mb', async () => {
    await expect(
      run({
        python: 'held = []\nwhile True: held.append(bytearray(4_000_000))',
        node: 'const held = []; for (;;) held.push(Buffer.alloc(4_000_000, 1));',
      }),
    ).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  });

  it('a memory bomb that is spread over processes is stopped at their sum', async () => {
    await expect(
      run({
        python: `
import os, time
for n in range(6):
    if os.fork() == 0:
        held = bytearray(40_000_000)
        time.sleep(600)
time.sleep(600)`,
        node: `
  const { spawn } = await import('node:child_process');
  for (let n = 0; n < 6; n += 1) {
    spawn('/usr/bin/python3', ['-c', 'import time; held = bytearray(40_000_000); time.sleep(600)']);
  }
  await new Promise((resolve) => setTimeout(resolve, 600_000));`,
      }),
    ).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  });

  it('memory that no process maps cannot be had', async () => {
    const python = `
import os
try:
    os.memfd_create("hidden")
    return "had"
except OSError as error:
    return error.strerror`;
    const node = `
  const { spawnSync } = await import('node:child_process');
  const program = 'import os\\ntry:\\n  os.memfd_create("x"); print("had")\\nexcept OSError as e: print(e.strerror)';
  return String(spawnSync('/usr/bin/python3', ['-c', program]).stdout).trim();`;
    expect(await run({ python, node })).toBe('Operation not permitted');
  });

  it('a fork bomb meets the limit of processes', async () => {
    const bomb = {
      python: `
import os, time
born = 0
while True:
    try:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        born += 1
    except OSError:
        return born`,
      node: `
  const { spawn } = await import('node:child_process');
  let born = 0;
  for (;;) {
    const child = spawn('/bin/sleep', ['600']);
    child.on('error', () => {});
    if (child.pid === undefined) return born;
    born += 1;
  }`,
    };
    // Memory enough for all that may be born: on a fast machine they would meet its limit first.
    const config = { ...code.config(language, bomb), memory_mb: 1024 };
    const born = (await code.harness(language).run(config)) as number;
    expect(born).toBeGreaterThan(0);
    expect(born).toBeLessThan(64);
  });

  it('an endless loop is ended at its time limit', async () => {
    const attack = { python: 'while True: pass', node: 'for (;;);' };
    const running = code.harness(language).run({ ...code.config(language, attack), timeout_seconds: 0.5 });
    await expect(running).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('a flood of output is cut, and said so, once', async () => {
    const harness = code.harness(language);
    const attack = {
      python: 'for n in range(200_000): print("flood")\nreturn "over"',
      node: 'for (let n = 0; n < 200_000; n += 1) console.log("flood"); return "over";',
    };
    expect(await harness.run(code.config(language, attack))).toBe('over');
    expect(harness.lines).toHaveLength(1001);
    expect(harness.lines.at(-1)).toMatchObject({ stream: 'system', level: 'warn' });
  });

  it('a line without an end does not fill our memory', async () => {
    const harness = code.harness(language);
    const attack = {
      python: 'import sys\nfor n in range(200): sys.stdout.write("x" * 1_000_000)\nreturn "over"',
      node: 'for (let n = 0; n < 200; n += 1) process.stdout.write("x".repeat(1_000_000)); return "over";',
    };
    const before = process.memoryUsage().arrayBuffers;
    expect(await harness.run(code.config(language, attack))).toBe('over');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
    expect(JSON.stringify(harness.lines).length).toBeLessThan(10_000);
  });

  it('filling the disk meets the limit of /tmp, and nothing else can be written', async () => {
    const places = ['/tmp', '/', '/dev', '/dev/shm', '/usr', '/etc', '/opt', '/proc', '/var', '/run'];
    const written = (await run({
      python: `
import os
sizes = {}
for place in ${JSON.stringify(places)}:
    path, size = place + "/fill", 0
    try:
        with open(path, "wb") as file:
            while size < 300_000_000: size += file.write(b"x" * 1_000_000)
    except OSError:
        pass
    sizes[place] = os.path.getsize(path) if os.path.exists(path) else 0
return sizes`,
      node: `
  const fs = await import('node:fs');
  const sizes = {};
  for (const place of ${JSON.stringify(places)}) {
    const path = place + '/fill';
    let size = 0;
    try {
      const file = fs.openSync(path, 'w');
      while (size < 300_000_000) size += fs.writeSync(file, Buffer.alloc(1_000_000));
    } catch {}
    sizes[place] = fs.existsSync(path) ? fs.statSync(path).size : 0;
  }
  return sizes;`,
    })) as Record<string, number>;
    expect(written['/tmp']).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(Object.keys(written).filter((place) => (written[place] ?? 0) > 0)).toEqual(['/tmp']);
  });

  it('a child that leaves its session is gone when the code has ended', async () => {
    const marker = `86${Date.now()}`;
    const result = await run({
      python: `
import subprocess
child = subprocess.Popen(["/bin/sleep", "${marker}"], start_new_session=True)
return child.poll() is None`,
      node: `
  const { spawn } = await import('node:child_process');
  const child = spawn('/bin/sleep', ['${marker}'], { detached: true, stdio: 'ignore' });
  child.unref();
  return child.pid !== undefined;`,
    });
    expect(result).toBe(true);
    await eventually(() => !hasProcess(marker));
  });

  it('a child that leaves its session is gone when the code is cancelled', async () => {
    const marker = `87${Date.now()}`;
    const stop = new AbortController();
    const attack = {
      python: `
import subprocess, time
subprocess.Popen(["/usr/bin/setsid", "/bin/sleep", "${marker}"])
time.sleep(600)`,
      node: `
  const { spawn } = await import('node:child_process');
  spawn('/usr/bin/setsid', ['/bin/sleep', '${marker}'], { detached: true, stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 600_000));`,
    };
    const running = code.harness(language).run(code.config(language, attack), { signal: stop.signal });
    running.catch(() => undefined);
    await eventually(() => hasProcess(marker));
    stop.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    await eventually(() => !hasProcess(marker));
  });

  it('the accounts of this machine cannot be read', async () => {
    expect(await run(readAll('/etc/passwd', '/etc/shadow', '/etc/group', '/etc/hostname'))).toBe('');
  });

  it('the environment that code is given has nothing of the service', async () => {
    const found = await run({ python: 'import os\nreturn dict(os.environ)', node: 'return process.env' });
    expect(found).toMatchObject({ LANG: 'C.UTF-8' });
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });

  it.each(['self', '1', '2'])('/proc/%s/environ has nothing of the service', async (pid) => {
    const found = await run(readAll(`/proc/${pid}/environ`));
    expect(found).not.toContain(SECRET);
    expect(found).not.toContain(process.env['PWD'] ?? 'no such folder');
    if (pid === 'self') expect(found).toContain('LANG=C.UTF-8');
  });

  it('the environments of the service and of what started it are not even there', async () => {
    const pids = [process.pid, process.ppid].filter((pid) => pid > 100);
    expect(await run(readAll(...pids.map((pid) => `/proc/${pid}/environ`)))).toBe('');
  });

  it('the data directory cannot be read, by its name or around it', async () => {
    const names = ['', '/proc/1/root', '/proc/self/root', '/usr/..', '/proc/1/cwd/..'];
    expect(await run(readAll(...names.map((name) => `${name}${dataDir}/encryption-key`)))).toBe('');
  });

  it('nothing of this machine is listed beside the system', async () => {
    const list = await run({
      python: 'import os\nreturn {place: os.listdir(place) for place in ["/", "/tmp", "/opt"]}',
      node: `
  const { readdirSync } = await import('node:fs');
  return Object.fromEntries(['/', '/tmp', '/opt'].map((place) => [place, readdirSync(place)]));`,
    });
    expect(list).toMatchObject({ '/opt': ['mcp-backend'] });
    expect(JSON.stringify(list)).not.toMatch(/"(root|home|var|run|srv|work)"/);
  });

  it('services on the loopback and on the addresses of this machine cannot be reached', async () => {
    // The neighbour stands for our own API, PostgreSQL and whatever else listens: it would answer each of them.
    const targets = ['127.0.0.1', 'localhost', '::1', '0.0.0.0', hostname()].map((host) => [
      host,
      neighbourPort,
    ]);
    visits = 0;
    const reached = await run(
      {
        python: `
import socket
reached = []
for host, port in inputs["targets"]:
    try:
        socket.create_connection((host, port), 1).recv(100)
        reached.append(host)
    except OSError:
        pass
return reached`,
        node: `
  const { connect } = await import('node:net');
  const attempt = ([host, port]) => new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    socket.on('connect', () => resolve(host)).on('error', () => resolve(null)).on('timeout', () => resolve(null));
  });
  return (await Promise.all(inputs.targets.map(attempt))).filter((host) => host !== null);`,
      },
      { targets },
    );
    expect(reached).toEqual([]);
    expect(visits).toBe(0);
  });

  it('a sandbox within the sandbox, a mount, a trace of another process cannot be made', async () => {
    const programs = {
      unshare: ['/usr/bin/unshare', '--user', '/bin/true'],
      mount: ['/bin/mount', '-t', 'tmpfs', 'none', '/tmp'],
      setpriv: ['/usr/bin/setpriv', '--reuid=0', '/bin/true'],
      bwrap: ['/usr/bin/bwrap', '--ro-bind', '/', '/', '/bin/true'],
    };
    const outcomes = await run(
      {
        python: `
import subprocess
return {name: subprocess.run(argv, capture_output=True).returncode == 0 for name, argv in inputs.items()}`,
        node: `
  const { spawnSync } = await import('node:child_process');
  return Object.fromEntries(Object.entries(inputs).map(([name, [program, ...args]]) =>
    [name, spawnSync(program, args).status === 0]));`,
      },
      programs,
    );
    expect(outcomes).toEqual({ unshare: false, mount: false, setpriv: false, bwrap: false });
  });

  it('a result that is printed is not taken for the result', async () => {
    const forged = JSON.stringify({ value: 'forged' });
    expect(
      await run({
        python: `print('${forged}')\nreturn "own"`,
        node: `console.log('${forged}'); return "own";`,
      }),
    ).toBe('own');
  });

  it('a result that is written past the runner is refused when it is no JSON or too large', async () => {
    const raw = (size: number): Attack => ({
      python: `
import os
for n in range(3, 20):
    try:
        os.fdopen(n, "wb", closefd=False).write(b"x" * ${size})
    except OSError:
        pass
os._exit(0)`,
      node: `
  const { writeFileSync } = await import('node:fs');
  writeFileSync(3, 'x'.repeat(${size}));
  process.exit(0);`,
    });
    await expect(run(raw(10))).rejects.toMatchObject({ code: 'SCRIPT_ERROR' });
    await expect(run(raw(6_000_000))).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });
});
