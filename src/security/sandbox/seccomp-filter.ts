import { EXAMINED_SYSCALLS, type FilteredArchitecture, REFUSED_SYSCALLS, UNKNOWN_SYSCALLS } from './syscalls';

/** Instruction codes of classic BPF (linux/bpf_common.h): load a word, compare and jump, return. */
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_BITS = 0x45;
const RETURN = 0x06;

/** Where `struct seccomp_data` (linux/seccomp.h) holds what is looked at; of arguments the lower half. */
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const argumentAt = (index: number) => 16 + 8 * index;

/** Actions of linux/seccomp.h. */
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const failWith = (errno: number) => 0x00050000 | errno;
const EPERM = failWith(1);
const ENOSYS = failWith(38);
const EAFNOSUPPORT = failWith(97);

/** AUDIT_ARCH_… of linux/audit.h: whoever enters the kernel by another door (32 bits) is killed. */
const AUDIT_ARCHITECTURES: Readonly<Record<FilteredArchitecture, number>> = {
  x64: 0xc000003e,
  arm64: 0xc00000b7,
};
/** Calls of the x32 interface have this bit, and numbers that the list does not name. */
const X32_BIT = 0x40000000;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
const NAMESPACE_FLAGS = 0x7e020000;
/** Put characters into a terminal's input; paste into a console. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** Asks for the personality without changing it. */
const ASK_PERSONALITY = 0xffffffff;
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;

const INSTRUCTION_BYTES = 8;

interface Instruction {
  readonly code: number;
  /** How many instructions to skip when a comparison holds, and when it does not. */
  readonly whenTrue: number;
  readonly whenFalse: number;
  readonly value: number;
}

const load = (offset: number): Instruction => statement(LOAD_WORD, offset);
const give = (action: number): Instruction => statement(RETURN, action);

function statement(code: number, value: number): Instruction {
  return { code, whenTrue: 0, whenFalse: 0, value };
}

/** `rest` follows only when the comparison holds; otherwise it is skipped. */
function when(code: number, value: number, rest: readonly Instruction[]): Instruction[] {
  return [{ code, whenTrue: 0, whenFalse: rest.length, value }, ...rest];
}

/** `rest` follows only when the comparison does not hold. */
function unless(code: number, value: number, rest: readonly Instruction[]): Instruction[] {
  return [{ code, whenTrue: rest.length, whenFalse: 0, value }, ...rest];
}

const returnWhen = (code: number, value: number, action: number) => when(code, value, [give(action)]);

/**
 * The program that the kernel runs before every system call of a sandbox, as `bwrap --seccomp` reads it: an array of
 * `struct sock_filter`. Whatever is not refused is allowed: a list of what any Node, Python or MCP server may need
 * would break with their next version, and what matters is that namespaces, mounts and other processes stay closed.
 */
export function seccompFilter(architecture: FilteredArchitecture): Buffer {
  const column = architecture === 'x64' ? 0 : 1;
  const numbersOf = (calls: object) =>
    Object.values(calls as typeof REFUSED_SYSCALLS).flatMap((numbers) => numbers[column] ?? []);
  const examined = (name: keyof typeof EXAMINED_SYSCALLS, rest: readonly Instruction[]) =>
    when(JUMP_EQUAL, EXAMINED_SYSCALLS[name][column], [...rest, give(ALLOW)]);

  return assemble([
    load(ARCHITECTURE_AT),
    ...unless(JUMP_EQUAL, AUDIT_ARCHITECTURES[architecture], [give(KILL_PROCESS)]),
    load(NUMBER_AT),
    ...(architecture === 'x64' ? returnWhen(JUMP_GREATER_OR_EQUAL, X32_BIT, KILL_PROCESS) : []),
    ...numbersOf(REFUSED_SYSCALLS).flatMap((number) => returnWhen(JUMP_EQUAL, number, EPERM)),
    ...numbersOf(UNKNOWN_SYSCALLS).flatMap((number) => returnWhen(JUMP_EQUAL, number, ENOSYS)),
    ...examined('clone', [load(argumentAt(0)), ...returnWhen(JUMP_BITS, NAMESPACE_FLAGS, EPERM)]),
    ...examined('ioctl', [
      load(argumentAt(1)),
      ...returnWhen(JUMP_EQUAL, TIOCSTI, EPERM),
      ...returnWhen(JUMP_EQUAL, TIOCLINUX, EPERM),
    ]),
    ...examined('personality', [
      load(argumentAt(0)),
      ...returnWhen(JUMP_EQUAL, 0, ALLOW),
      ...returnWhen(JUMP_EQUAL, ASK_PERSONALITY, ALLOW),
      give(EPERM),
    ]),
    ...examined('socket', [
      load(argumentAt(0)),
      ...[AF_UNIX, AF_INET, AF_INET6].flatMap((family) => returnWhen(JUMP_EQUAL, family, ALLOW)),
      // Which interfaces there are is asked over protocol 0 (routing); other protocols reach further.
      ...when(JUMP_EQUAL, AF_NETLINK, [load(argumentAt(2)), ...returnWhen(JUMP_EQUAL, 0, ALLOW)]),
      give(EAFNOSUPPORT),
    ]),
    give(ALLOW),
  ]);
}

/** Both processors are little-endian: `u16 code, u8 jt, u8 jf, u32 k`. */
function assemble(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * INSTRUCTION_BYTES);
  instructions.forEach(({ code, whenTrue, whenFalse, value }, index) => {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(whenTrue, at + 2);
    bytes.writeUInt8(whenFalse, at + 3);
    bytes.writeUInt32LE(value >>> 0, at + 4);
  });
  return bytes;
}
