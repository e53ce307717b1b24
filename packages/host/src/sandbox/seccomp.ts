import type { SyscallTable } from "./syscalls.ts";

/** One instruction of the kernel's classic BPF. Source: struct sock_filter in include/uapi/linux/filter.h. */
interface Instruction {
  code: number;
  /** Where a jump goes when its test holds: a label, or on. */
  yes?: Label;
  no?: Label;
  value: number;
}

type Label = "allow" | "refuse" | "unknown" | "kill" | "over-clone" | "over-ioctl";

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Offsets in struct seccomp_data; arguments are 64 bits wide, their lower half comes first on both machines. */
const NUMBER = 0;
const ARCH = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;

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

export interface FilterOptions {
  table: SyscallTable;
  /** Whether the process may start others. Threads it always may. */
  mayStartPrograms: boolean;
}

/**
 * What the kernel lets a confined process ask of it, as the bytes that `bwrap --seccomp` reads. What is refused answers EPERM, so that
 * programs can say what went wrong; only a call of another machine's kind ends the process, since its numbers mean something else.
 */
export function buildFilter({ table, mayStartPrograms }: FilterOptions): Buffer {
  const refused = mayStartPrograms ? table.forbidden : [...table.forbidden, ...table.starting];
  const { foreignFrom } = table;
  return assemble([
    { code: LOAD, value: ARCH },
    { code: IF_EQUAL, value: table.auditArch, no: "kill" },
    { code: LOAD, value: NUMBER },
    ...(foreignFrom === undefined ? [] : [{ code: IF_AT_LEAST, value: foreignFrom, yes: "kill" } as const]),
    // Its flags lie in memory, where a filter can't look. Libraries fall back on clone when there is no clone3.
    { code: IF_EQUAL, value: table.clone3, yes: "unknown" },
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
