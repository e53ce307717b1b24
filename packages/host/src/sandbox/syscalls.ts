/**
 * System calls by number, for the two machines that the filter knows. Source: the kernel's arch/x86/entry/syscalls/syscall_64.tbl
 * and include/uapi/asm-generic/unistd.h, which arm64 uses.
 */
export interface SyscallTable {
  /** What `seccomp_data.arch` holds. Source: include/uapi/linux/audit.h. */
  auditArch: number;
  /** Numbers from here on are another ABI of the same machine, which the filter would not understand. */
  foreignFrom?: number;
  clone: number;
  clone3: number;
  ioctl: number;
  socketpair: number;
  /** Its flags lie in memory, where a filter can't look. */
  openat2: number;
  /** What makes or changes files: by which argument, counted from 0, the mode is. */
  modes: readonly { number: number; argument: 1 | 2 }[];
  /** What makes files where its flags say so: they are the argument before the mode. */
  opens: readonly { number: number; argument: 2 | 3 }[];
  /** Refused to everybody: ways to sockets, to other processes, to the kernel's insides, out of the namespaces. */
  forbidden: readonly number[];
  /** Refused, too, to those who may start no programs. */
  starting: readonly number[];
  /**
   * Refused, too, where no namespaces and no mounts stand between it and what it was not granted: rights, owners and times of files, where files
   * are watched, whose turn it is, queues.
   */
  reaching: readonly number[];
  /** Refused there unless it is about the caller itself, the first argument being 0. */
  prlimit: number;
  prctl: number;
  capset: number;
}

/** The same on both machines: Linux has given new calls one number everywhere since 5.1. 447 is memfd_secret. */
const FORBIDDEN_EVERYWHERE: readonly number[] = [
  425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 434, 438, 440, 447, 448,
];

/** Calls from here on came after this filter (Linux 6.13): nobody has looked at what they can do. */
export const UNKNOWN_FROM = 463;

const X86_64: SyscallTable = {
  auditArch: 0xc000_003e,
  foreignFrom: 0x4000_0000,
  clone: 56,
  clone3: 435,
  ioctl: 16,
  socketpair: 53,
  openat2: 437,
  modes: [
    ...[90, 91, 83, 133, 85].map((number) => ({ number, argument: 1 }) as const), // chmod, fchmod, mkdir, mknod, creat
    ...[268, 452, 258, 259].map((number) => ({ number, argument: 2 }) as const), // fchmodat, fchmodat2, mkdirat, mknodat
  ],
  opens: [
    { number: 2, argument: 2 },
    { number: 257, argument: 3 },
  ],
  forbidden: [
    [41, 42, 43, 49, 50, 288], // socket, connect, accept, bind, listen, accept4
    [101, 310, 311, 312], // ptrace, process_vm_readv and _writev, kcmp
    [165, 166, 155, 161, 272, 308], // mount, umount2, pivot_root, chroot, unshare, setns
    [248, 249, 250, 321, 298, 323], // add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd
    [175, 176, 313, 246, 320, 169], // init_module, delete_module, finit_module, kexec_load, kexec_file_load, reboot
    [167, 168, 163, 179, 103, 300], // swapon, swapoff, acct, quotactl, syslog, fanotify_init
    [303, 304, 135, 212, 153, 154], // name_to_handle_at, open_by_handle_at, personality, lookup_dcookie, vhangup, modify_ldt
    [164, 159, 227, 305, 170, 171], // the clock's setters, sethostname, setdomainname
    [172, 173, 237, 256, 279], // iopl, ioperm, mbind, migrate_pages, move_pages
    [29, 68, 64, 319], // shmget, msgget, semget, memfd_create: memory that is no process's, and so counted by nobody
    FORBIDDEN_EVERYWHERE,
  ].flat(),
  starting: [57, 58, 322], // fork, vfork, execveat
  reaching: [
    [90, 91, 268, 452, 92, 93, 94, 260], // chmod, fchmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat
    [132, 235, 261, 280], // utime, utimes, futimesat, utimensat
    [188, 189, 190, 197, 198, 199], // setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr
    [141, 142, 144, 203, 314, 251], // setpriority, sched_setparam, _setscheduler, _setaffinity, _setattr, ioprio_set
    [240, 254], // mq_open, inotify_add_watch
  ].flat(),
  prlimit: 302,
  prctl: 157,
  capset: 126,
};

const ARM64: SyscallTable = {
  auditArch: 0xc000_00b7,
  clone: 220,
  clone3: 435,
  ioctl: 29,
  socketpair: 199,
  openat2: 437,
  modes: [{ number: 52, argument: 1 }, ...[53, 452, 34, 33].map((number) => ({ number, argument: 2 }) as const)],
  opens: [{ number: 56, argument: 3 }],
  forbidden: [
    [198, 203, 202, 200, 201, 242],
    [117, 270, 271, 272],
    [40, 39, 41, 51, 97, 268],
    [217, 218, 219, 280, 241, 282],
    [105, 106, 273, 104, 294, 142],
    [224, 225, 89, 60, 116, 262],
    [264, 265, 92, 18, 58],
    [170, 171, 112, 266, 161, 162],
    [235, 238, 239],
    [194, 186, 190, 279],
    FORBIDDEN_EVERYWHERE,
  ].flat(),
  starting: [281],
  reaching: [[52, 53, 452, 54, 55], [88], [5, 6, 7, 14, 15, 16], [140, 118, 119, 122, 274, 30], [180, 27]].flat(),
  prlimit: 261,
  prctl: 167,
  capset: 91,
};

/** @param machine as `process.arch` names it. @returns `undefined` for one that the filter does not know */
export function syscallTable(machine: string): SyscallTable | undefined {
  if (machine === "x64") return X86_64;
  return machine === "arm64" ? ARM64 : undefined;
}
