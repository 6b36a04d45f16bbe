import { seccompFilter } from './seccomp-filter';
import { EXAMINED_SYSCALLS, FILTERED_ARCHITECTURES, REFUSED_SYSCALLS, UNKNOWN_SYSCALLS } from './syscalls';

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const ACTIONS: Readonly<Record<number, string>> = {
  0x7fff0000: 'allow',
  0x80000000: 'kill',
  0x00050001: 'EPERM',
  0x00050026: 'ENOSYS',
  0x00050061: 'EAFNOSUPPORT',
};

interface Call {
  readonly audit: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** Runs a filter as the kernel does: the four instructions that it is made of. */
function judge(filter: Buffer, { audit, number, args = [] }: Call): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(audit, 4);
  args.forEach((value, index) => data.writeUInt32LE(value >>> 0, 16 + 8 * index));
  let accumulator = 0;
  for (let at = 0; at < filter.length;) {
    const value = filter.readUInt32LE(at + 4);
    const jump = (holds: boolean) => 8 * (1 + filter.readUInt8(at + (holds ? 2 : 3)));
    switch (filter.readUInt16LE(at)) {
      case 0x20:
        accumulator = data.readUInt32LE(value);
        at += 8;
        break;
      case 0x15:
        at += jump(accumulator === value);
        break;
      case 0x35:
        at += jump(accumulator >= value);
        break;
      case 0x45:
        at += jump((accumulator & value) !== 0);
        break;
      case 0x06:
        return ACTIONS[value] ?? `unknown ${value}`;
      default:
        throw new Error(`instruction ${filter.readUInt16LE(at)}`);
    }
  }
  throw new Error('The filter runs off its end');
}

describe.each(FILTERED_ARCHITECTURES)('seccompFilter for %s', (architecture) => {
  const filter = seccompFilter(architecture);
  const column = architecture === 'x64' ? 0 : 1;
  const audit = AUDIT[architecture];
  const call = (number: number, ...args: number[]) => judge(filter, { audit, number, args });

  it('has no more instructions than the kernel takes', () => {
    expect(filter.length / 8).toBeLessThanOrEqual(4096);
  });

  it.each(Object.entries(REFUSED_SYSCALLS))('refuses %s', (_name, numbers) => {
    const number = numbers[column];
    if (number !== null) expect(call(number)).toBe('EPERM');
  });

  it.each(Object.entries(UNKNOWN_SYSCALLS))('does not know %s', (_name, numbers) => {
    expect(call(numbers[column] ?? -1)).toBe('ENOSYS');
  });

  it.each([
    ['clone', [0x11], 'allow'], // SIGCHLD: a fork
    ['clone', [0x3d0f00], 'allow'], // a thread of glibc
    ['clone', [0x10000011], 'EPERM'], // CLONE_NEWUSER
    ['clone', [0x00020011], 'EPERM'], // CLONE_NEWNS
    ['clone', [0x40000011], 'EPERM'], // CLONE_NEWNET
    ['ioctl', [1, 0x5401], 'allow'], // TCGETS
    ['ioctl', [0, 0x5412], 'EPERM'], // TIOCSTI
    ['ioctl', [0, 0x541c], 'EPERM'], // TIOCLINUX
    ['personality', [0xffffffff], 'allow'],
    ['personality', [0x0040000], 'EPERM'], // ADDR_NO_RANDOMIZE
    ['socket', [1, 1, 0], 'allow'],
    ['socket', [2, 1, 0], 'allow'],
    ['socket', [10, 2, 0], 'allow'],
    ['socket', [16, 3, 0], 'allow'],
    ['socket', [16, 3, 9], 'EAFNOSUPPORT'], // NETLINK_AUDIT
    ['socket', [17, 3, 0], 'EAFNOSUPPORT'], // AF_PACKET
    ['socket', [38, 5, 0], 'EAFNOSUPPORT'], // AF_ALG
    ['socket', [40, 1, 0], 'EAFNOSUPPORT'], // AF_VSOCK
  ] as const)('judges %s(%j): %s', (name, args, action) => {
    expect(call(EXAMINED_SYSCALLS[name][column], ...args)).toBe(action);
  });

  it('allows what is not named', () => {
    expect([call(0), call(63), call(4000)]).toEqual(['allow', 'allow', 'allow']);
  });

  it('kills whoever enters the kernel as another processor', () => {
    const others = [0x40000003, 0x40000028, ...Object.values(AUDIT).filter((one) => one !== audit)];
    expect(others.map((one) => judge(filter, { audit: one, number: 0 }))).toEqual(others.map(() => 'kill'));
  });
});

it('kills calls of the x32 interface, whose numbers nobody has listed', () => {
  const filter = seccompFilter('x64');
  expect(judge(filter, { audit: AUDIT.x64, number: 0x40000000 + 101 })).toBe('kill');
});
