import { type SyscallTable, UNKNOWN_FROM } from "./syscalls.ts";

/** One instruction of the kernel's classic BPF. Source: struct sock_filter in include/uapi/linux/filter.h. */
interface Instruction {
  code: number;
  /** Where a jump goes when its test holds: a label, or on. */
  yes?: Label;
  no?: Label;
  value: number;
}

type Label =
  | "allow"
  | "refuse"
  | "unknown"
  | "kill"
  | "over-clone"
  | "over-ioctl"
  | "over-socketpair"
  | "over-prlimit"
  | `open-${number}`
  | `mode-${number}`;

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Offsets in struct seccomp_data; arguments are 64 bits wide, their lower half comes first on both machines. */
const NUMBER = 0;
const ARCH = 4;
const [FIRST_ARGUMENT, SECOND_ARGUMENT] = [argument(0), argument(1)];

/** Source: include/uapi/linux/seccomp.h. */
const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const ERRNO = 0x0005_0000;
const EPERM = 1;
const ENOSYS = 38;

/** Source: include/uapi/linux/sched.h. */
const CLONE_THREAD = 0x0001_0000;
/** New namespaces of all kinds: mount, cgroup, uts, ipc, user, pid, net. */
const CLONE_NAMESPACES = 0x7e02_0000;

/** Put letters into a terminal's input, as if the user had typed them. Source: include/uapi/asm-generic/ioctls.h. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

/** Source: include/linux/socket.h and net.h. Of the kinds of sockets, those that can be told whom to send to have this bit. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;

/** Files of this kind run with their owner's rights, whoever starts them. Source: include/uapi/linux/stat.h. */
const SET_IDS = 0o6000;
/** O_CREAT and O_TMPFILE: without them the mode is whatever lies there. Source: include/uapi/asm-generic/fcntl.h. */
const MAKES_FILE = 0o20000100;

export interface FilterOptions {
  table: SyscallTable;
  /** Whether the process may start others. Threads it always may. */
  mayStartPrograms: boolean;
  /** Whether namespaces and mounts keep what it was not granted out of its sight. */
  hasNamespaces: boolean;
}

/**
 * What the kernel lets a confined process ask of it, as the bytes that `bwrap --seccomp` reads. What is refused answers EPERM, so that
 * programs can say what went wrong; only a call of another machine's kind ends the process, since its numbers mean something else.
 */
export function buildFilter({ table, mayStartPrograms, hasNamespaces }: FilterOptions): Buffer {
  const starting = mayStartPrograms ? [] : table.starting;
  const refused = [table.forbidden, starting, hasNamespaces ? [] : table.reaching].flat();
  const { foreignFrom } = table;
  return assemble([
    { code: LOAD, value: ARCH },
    { code: IF_EQUAL, value: table.auditArch, no: "kill" },
    { code: LOAD, value: NUMBER },
    ...(foreignFrom === undefined ? [] : [{ code: IF_AT_LEAST, value: foreignFrom, yes: "kill" } as const]),
    // Its flags lie in memory, where a filter can't look. Libraries fall back on clone when there is no clone3.
    { code: IF_EQUAL, value: table.clone3, yes: "unknown" },
    { code: IF_EQUAL, value: table.openat2, yes: "unknown" },
    { code: IF_AT_LEAST, value: UNKNOWN_FROM, yes: "unknown" },
    ...refused.map((value): Instruction => ({ code: IF_EQUAL, value, yes: "refuse" })),
    { code: IF_EQUAL, value: table.clone, no: "over-clone" },
    { code: LOAD, value: FIRST_ARGUMENT },
    { code: IF_ANY_BIT, value: CLONE_NAMESPACES, yes: "refuse" },
    mayStartPrograms
      ? { code: RETURN, value: ALLOW }
      : { code: IF_ANY_BIT, value: CLONE_THREAD, yes: "allow", no: "refuse" },
    "over-clone",
    { code: IF_EQUAL, value: table.ioctl, no: "over-ioctl" },
    { code: LOAD, value: SECOND_ARGUMENT },
    { code: IF_EQUAL, value: TIOCSTI, yes: "refuse" },
    { code: IF_EQUAL, value: TIOCLINUX, yes: "refuse" },
    "over-ioctl",
    // A pair of datagram sockets can send to any address, without a connect that could be refused.
    { code: IF_EQUAL, value: table.socketpair, no: "over-socketpair" },
    { code: LOAD, value: FIRST_ARGUMENT },
    { code: IF_EQUAL, value: AF_UNIX, no: "refuse" },
    { code: LOAD, value: SECOND_ARGUMENT },
    { code: IF_ANY_BIT, value: SOCK_DGRAM, yes: "refuse", no: "allow" },
    "over-socketpair",
    ...(hasNamespaces ? [] : prlimitCheck(table)),
    ...modeChecks(table),
    "allow",
    { code: RETURN, value: ALLOW },
    "refuse",
    { code: RETURN, value: ERRNO | EPERM },
    "unknown",
    { code: RETURN, value: ERRNO | ENOSYS },
    "kill",
    { code: RETURN, value: KILL },
  ]);
}

/** Of others it would take their memory or their files. */
function prlimitCheck({ prlimit }: SyscallTable): (Instruction | Label)[] {
  return [
    { code: LOAD, value: NUMBER },
    { code: IF_EQUAL, value: prlimit, no: "over-prlimit" },
    { code: LOAD, value: FIRST_ARGUMENT },
    { code: IF_EQUAL, value: 0, yes: "allow", no: "refuse" },
    "over-prlimit",
  ];
}

/** No file that runs with its owner's rights: where the host is root's, that would be a way to root for anybody on the machine. */
function modeChecks({ modes, opens }: SyscallTable): (Instruction | Label)[] {
  return [
    ...modes.map(({ number, argument: at }): Instruction => ({ code: IF_EQUAL, value: number, yes: `mode-${at}` })),
    ...opens.map(({ number, argument: at }): Instruction => ({ code: IF_EQUAL, value: number, yes: `open-${at}` })),
    { code: RETURN, value: ALLOW },
    ...[2, 3].flatMap((at): (Instruction | Label)[] => [
      `open-${at}`,
      { code: LOAD, value: argument(at - 1) },
      { code: IF_ANY_BIT, value: MAKES_FILE, yes: `mode-${at}`, no: "allow" },
    ]),
    ...[1, 2, 3].flatMap((at): (Instruction | Label)[] => [
      `mode-${at}`,
      { code: LOAD, value: argument(at) },
      { code: IF_ANY_BIT, value: SET_IDS, yes: "refuse", no: "allow" },
    ]),
  ];
}

/** Where an argument is, counted from 0. The lower half of 64 bits. */
function argument(index: number): number {
  return 16 + 8 * index;
}

function assemble(lines: readonly (Instruction | Label)[]): Buffer {
  const places = new Map<Label, number>();
  const instructions: Instruction[] = [];
  for (const line of lines) {
    if (typeof line === "string") places.set(line, instructions.length);
    else instructions.push(line);
  }
  const bytes = Buffer.alloc(instructions.length * 8);
  const distance = (label: Label | undefined, from: number): number =>
    label === undefined ? 0 : (places.get(label) ?? Number.NaN) - from - 1;
  for (const [index, { code, yes, no, value }] of instructions.entries()) {
    // The machine's own byte order, which is little on both. writeUInt8 throws on what does not fit.
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(distance(yes, index), index * 8 + 2);
    bytes.writeUInt8(distance(no, index), index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}
