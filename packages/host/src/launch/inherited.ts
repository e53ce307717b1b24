import { closeSync, readdirSync, readFileSync } from "node:fs";

/** Source: include/uapi/asm-generic/fcntl.h. */
const O_CLOEXEC = 0o2000000;

/**
 * Closes what whoever started the host had open and did not keep from its children: every extension would have it, a file that it may
 * not read included. What Node opens by itself is closed on exec, so nothing of its own is touched. Linux only: elsewhere nothing tells.
 */
export function closeInherited(keep: readonly number[]): void {
  for (const fd of inheritable()) if (fd > 2 && !keep.includes(fd)) closeSync(fd);
}

/** Descriptors that the processes started from here would have. */
function inheritable(): number[] {
  return listDescriptors().filter((fd) => {
    try {
      const [, flags = ""] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1")) ?? [];
      return (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
    } catch {
      // The one with which the list was read.
      return false;
    }
  });
}

function listDescriptors(): number[] {
  try {
    return readdirSync("/proc/self/fd").map(Number);
  } catch {
    return [];
  }
}
