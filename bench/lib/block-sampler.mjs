// Finds the longest time for which the event loop did not turn.
//
// It turns the loop without a pause (setImmediate) and takes the time between turns, so even a block of half a
// millisecond shows in full; monitorEventLoopDelay samples with a timer of 1 ms and up, and hides blocks of that size.
// On a busy machine a turn may also be late because another process had the core. Linux counts that wait per thread
// (run-queue delay, the second number of schedstat); it is not the host's doing and is taken off.
import { closeSync, openSync, readSync } from "node:fs";

const file = "/proc/thread-self/schedstat";
const buffer = Buffer.alloc(64);

function openSchedstat() {
  try {
    return openSync(file, "r");
  } catch {
    return undefined;
  }
}

/** Time this thread has waited for a core so far, in ms. @param {number | undefined} fd */
function waitedMs(fd) {
  if (fd === undefined) return 0;
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return Number(buffer.latin1Slice(0, length).split(" ", 2)[1]) / 1e6;
}

/** The time, and the wait until exactly then: read again when the thread lost its core in between. @param {number | undefined} fd */
function reading(fd) {
  for (let waited = waitedMs(fd); ;) {
    const now = performance.now();
    const waitedAfter = waitedMs(fd);
    if (waitedAfter === waited) return { now, waited };
    waited = waitedAfter;
  }
}

/**
 * Runs some work and gives the longest block of the event loop during it, in ms: net of waiting for a core, and as the clock saw it.
 * @param {() => Promise<unknown>} work
 */
export async function longestBlock(work) {
  const fd = openSchedstat();
  let sampling = true;
  let block = 0;
  let wall = 0;
  let last = reading(fd);

  const ended = new Promise((resolve) => {
    const turn = () => {
      const current = reading(fd);
      const gap = current.now - last.now;
      wall = Math.max(wall, gap);
      block = Math.max(block, gap - (current.waited - last.waited));
      last = current;
      if (sampling) setImmediate(turn);
      else resolve(undefined);
    };
    setImmediate(turn);
  });

  await new Promise((resolve) => setImmediate(resolve));
  await work();
  sampling = false;
  await ended;
  if (fd !== undefined) closeSync(fd);
  return { block, wall };
}
