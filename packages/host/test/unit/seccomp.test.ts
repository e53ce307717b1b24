import { describe, expect, test } from "vitest";
import { buildFilter } from "../../src/sandbox/seccomp.ts";
import { type SyscallTable, syscallTable } from "../../src/sandbox/syscalls.ts";

/** The kernel's verdict on a call, by its own rules for classic BPF. Source: kernel/seccomp.c, net/core/filter.c. */
function verdictOf(filter: Buffer, { arch, number, args }: { arch: number; number: number; args: number[] }): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(arch, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt(value), 16 + index * 8);
  let accumulator = 0;
  for (let at = 0; ;) {
    const [code, yes, no] = [filter.readUInt16LE(at * 8), filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3)];
    const value = filter.readUInt32LE(at * 8 + 4);
    at += 1;
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x06) return VERDICTS.get(value) ?? `0x${value.toString(16)}`;
    else at += (TESTS.get(code)?.(accumulator, value) ?? Number.NaN) ? yes : no;
  }
}

const VERDICTS = new Map([
  [0x7fff_0000, "allowed"],
  [0x8000_0000, "killed"],
  [0x0005_0001, "refused"],
  [0x0005_0026, "unknown"],
]);

const TESTS = new Map<number, (accumulator: number, value: number) => boolean>([
  [0x15, (accumulator, value) => accumulator === value],
  [0x35, (accumulator, value) => accumulator >= value],
  [0x45, (accumulator, value) => (accumulator & value) !== 0],
]);

/** Numbers of calls. Source: as for the table, written down a second time, by name. */
const NUMBERS = {
  x64: {
    read: 0,
    open: 2,
    openat: 257,
    chmod: 90,
    fchmodat: 268,
    socket: 41,
    connect: 42,
    socketpair: 53,
    clone: 56,
    execve: 59,
    execveat: 322,
    ptrace: 101,
    mount: 165,
    memfd_create: 319,
    shmget: 29,
    ioctl: 16,
    futex: 202,
    keyctl: 250,
    bpf: 321,
  },
  arm64: {
    read: 63,
    open: undefined,
    openat: 56,
    chmod: undefined,
    fchmodat: 53,
    socket: 198,
    connect: 203,
    socketpair: 199,
    clone: 220,
    execve: 221,
    execveat: 281,
    ptrace: 117,
    mount: 40,
    memfd_create: 279,
    shmget: 194,
    ioctl: 29,
    futex: 98,
    keyctl: 219,
    bpf: 280,
  },
} as const;

const [O_CREAT, O_TMPFILE, THREAD, USER] = [0o100, 0o20200000, 0x10000, 0x10000000];

type Call = keyof (typeof NUMBERS)["x64"];
const CALLS: [string, Call | number, number[], string, string?][] = [
  ["read", "read", [], "allowed"],
  ["wait for another thread", "futex", [], "allowed"],
  ["turn into another program", "execve", [], "allowed"],
  ["turn into a program without a name", "execveat", [], "refused", "allowed"],
  ["start a thread", "clone", [THREAD], "allowed"],
  ["start a process", "clone", [17], "refused", "allowed"],
  ["start a process with users of its own", "clone", [USER | 17], "refused"],
  ["start a process by flags in memory", 435, [], "unknown"],
  ["make a socket", "socket", [1, 1], "refused"],
  ["connect", "connect", [], "refused"],
  ["make a pair of streams", "socketpair", [1, 1 | 0o2000000], "allowed"],
  ["make a pair of packet sockets", "socketpair", [1, 5], "allowed"],
  ["make a pair of datagram sockets", "socketpair", [1, 2 | 0o4000], "refused"],
  ["make a pair of raw sockets", "socketpair", [1, 3], "refused"],
  ["make a pair for a network", "socketpair", [30, 1], "refused"],
  ["trace", "ptrace", [], "refused"],
  ["mount", "mount", [], "refused"],
  ["make memory without a process", "memfd_create", [], "refused"],
  ["make shared memory", "shmget", [], "refused"],
  ["keep a key", "keyctl", [], "refused"],
  ["load a program into the kernel", "bpf", [], "refused"],
  ["make a ring of input and output", 425, [], "refused"],
  ["ask the size of a terminal", "ioctl", [0, 0x5413], "allowed"],
  ["type into a terminal", "ioctl", [0, 0x5412], "refused"],
  ["open a file, whatever lies where the mode would", "open", [0, 0, 0o7777], "allowed"],
  ["make a file", "open", [0, O_CREAT, 0o755], "allowed"],
  ["make a setuid file", "open", [0, O_CREAT, 0o4755], "refused"],
  ["open a file at a folder", "openat", [0, 0, 0, 0o7777], "allowed"],
  ["make a file at a folder", "openat", [0, 0, O_CREAT, 0o666], "allowed"],
  ["make a setgid file at a folder", "openat", [0, 0, O_CREAT, 0o2755], "refused"],
  ["make a setuid file without a name", "openat", [0, 0, O_TMPFILE, 0o4755], "refused"],
  ["open by flags in memory", 437, [], "unknown"],
  ["change a mode", "chmod", [0, 0o1777], "allowed"],
  ["change a mode to setuid", "chmod", [0, 0o4755], "refused"],
  ["change a mode at a folder to setuid", "fchmodat", [0, 0, 0o4755], "refused"],
  ["change a mode at a folder", "fchmodat", [0, 0, 0o755], "allowed"],
  ["change a mode by the newest call to setgid", 452, [0, 0, 0o2755], "refused"],
  ["ask what the kernel learnt later", 467, [], "unknown"],
];

/** What namespaces would hold. Numbers from the kernel's tables, written down a second time. */
const CALLS_WITHOUT_NAMESPACES: Record<keyof typeof NUMBERS, [string, number, number[]?, string?][]> = {
  x64: [
    ["change a mode", 90, [0, 0o755], "refused"],
    ["change an owner", 92, [], "refused"],
    ["change times", 280, [], "refused"],
    ["change attributes", 188, [], "refused"],
    ["take another's turn", 141, [], "refused"],
    ["make a queue", 240, [], "refused"],
    ["watch a file", 254, [], "refused"],
    ["set another's limits", 302, [1], "refused"],
    ["lose its own limits", 302, [0], "allowed"],
  ],
  arm64: [
    ["change a mode", 52, [0, 0o755], "refused"],
    ["change an owner", 54, [], "refused"],
    ["change times", 88, [], "refused"],
    ["change attributes", 5, [], "refused"],
    ["take another's turn", 140, [], "refused"],
    ["make a queue", 180, [], "refused"],
    ["watch a file", 27, [], "refused"],
    ["set another's limits", 261, [1], "refused"],
    ["lose its own limits", 261, [0], "allowed"],
  ],
};

describe.each(["x64", "arm64"] as const)("the filter of %s", (machine) => {
  const table = syscallTable(machine) as SyscallTable;
  const ask = (call: Call | number, args: number[], mayStartPrograms: boolean, hasNamespaces = true): string => {
    const number = typeof call === "number" ? call : (NUMBERS[machine][call] ?? Number.NaN);
    return verdictOf(buildFilter({ table, mayStartPrograms, hasNamespaces }), { arch: table.auditArch, number, args });
  };
  const known = CALLS.filter(([, call]) => typeof call === "number" || NUMBERS[machine][call] !== undefined);

  test.for(known)("says of who would %s what it should", ([, call, args, closed, open = closed]) => {
    expect(ask(call, args, false)).toBe(closed);
    expect(ask(call, args, true)).toBe(open);
  });

  test.for(CALLS_WITHOUT_NAMESPACES[machine])(
    "lets those without namespaces not %s",
    ([, number, args = [], seen = "allowed"]) => {
      expect(ask(number, args, true, true)).toBe("allowed");
      expect(ask(number, args, true, false)).toBe(seen);
    },
  );

  test("says the same of everything else to those without namespaces", () => {
    const others = known.filter(([name]) => !name.startsWith("change a mode"));
    for (const [name, call, args] of others) expect(ask(call, args, false, false), name).toBe(ask(call, args, false));
  });

  test("ends who calls by the numbers of another machine", () => {
    const filter = buildFilter({ table, mayStartPrograms: true, hasNamespaces: true });
    expect(verdictOf(filter, { arch: 0x4000_0003, number: 1, args: [] })).toBe("killed");
    if (machine === "x64") expect(ask(0x4000_0001, [], true)).toBe("killed");
  });
});
