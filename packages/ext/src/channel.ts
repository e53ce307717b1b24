import { fstatSync } from "node:fs";
import { TauError } from "tau-protocol";
import { type Channel, createFdChannel, createStreamChannel } from "tau-rpc";

/**
 * The way to the host, as the environment says: `TAU_CHANNEL=fd:3` or `fd:3,4` where the host started this process itself, stdin and
 * stdout behind a wrapper (spec/protocol.md, T-1).
 */
export function openHostChannel(environment: NodeJS.ProcessEnv): Channel {
  const announced = environment["TAU_CHANNEL"] ?? "stdio";
  // Children of this process must not take its channel for theirs.
  delete environment["TAU_CHANNEL"];
  if (announced === "stdio") return openStdioChannel();
  const fds = /^fd:(\d+)(?:,(\d+))?$/.exec(announced)?.slice(1) ?? [];
  const [fd = NONE, writeFd = fd] = fds.flatMap((each) => (each === undefined ? [] : [Number(each)]));
  if (![fd, writeFd].every((each) => isChannel(each))) {
    throw new TauError(
      "channel-closed",
      `Expected the host's channel where TAU_CHANNEL says (${announced}), found none there. Start extensions through tau.`,
    );
  }
  return createFdChannel({ fd, writeFd, opensLate: true });
}

/** Keeps real stdout for messages and sends everybody else's output to stderr, which is a log. */
function openStdioChannel(): Channel {
  const write = process.stdout.write.bind(process.stdout);
  const writable = new Proxy(process.stdout, {
    get: (target, key) => (key === "write" ? write : bound(target, key)),
  });
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  return createStreamChannel({ readable: process.stdin, writable });
}

function bound(target: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target);
  return typeof value === "function" ? value.bind(target) : value;
}

/** No descriptor. */
const NONE = -1;

function isChannel(fd: number): boolean {
  try {
    const info = fstatSync(fd);
    return info.isSocket() || info.isFIFO();
  } catch {
    return false;
  }
}
