import { listProcesses, type ProcessStat, readEnvironment, readActivity, readRealtimeLimit, readStat } from "./proc.ts";
import type { ProcessTree } from "./process-tree.ts";

/** What a process was given at its start, and its children inherit. */
export interface InheritedMarks {
  environment: Buffer | undefined;
  /** The limit for realtime work, in µs. */
  realtimeLimit: bigint | undefined;
}

type Stats = ReadonlyMap<number, ProcessStat>;

/** How long it is taken for granted that a process which is nobody's stays so, in milliseconds. */
const FORGET_STRANGERS_MS = 60_000;

/** Parents that are looked at for one process. */
const MAX_CLIMB = 16;

/**
 * Finds out which process belongs to which tree. Strangers, most of a machine's processes, are read once: 20 µs for each
 * would be 10 ms on a busy desktop, each time.
 */
export class Census {
  readonly #trees = new Set<ProcessTree>();
  readonly #now: () => number;
  /** Processes that are in no tree. A pid that was given out since it was added names another process. */
  #strangers = new Set<number>();
  #strangersSince = Number.NEGATIVE_INFINITY;
  #lastPid: number | undefined;
  /** Killing looks for no one in the killer's own session: extensions are started in sessions of their own. */
  readonly #ownSession = readStat(process.pid)?.session;

  /** @param now milliseconds that only go up */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(tree: ProcessTree): void {
    this.#trees.add(tree);
  }

  delete(tree: ProcessTree): void {
    this.#trees.delete(tree);
  }

  /** Brings every tree's `members` up to date. False without /proc. */
  update(): boolean {
    const stats = this.#read();
    if (stats === undefined) return false;
    const owners = new Map<number, ProcessTree | undefined>();
    for (const tree of this.#trees) tree.beginUpdate();
    for (const stat of stats.values()) {
      this.#ownerOf(stat, stats, owners)?.addMember(stat);
    }
    return true;
  }

  /** The tree of one process. Cheap, where an update is not while a bomb goes off. */
  findTree(pid: number): { tree: ProcessTree; stat: ProcessStat } | undefined {
    const stat = readStat(pid);
    if (!stat?.alive || stat.session === this.#ownSession) return undefined;
    let tree: ProcessTree | undefined;
    let ancestor: ProcessStat | undefined = stat;
    for (let level = 0; level < MAX_CLIMB && ancestor !== undefined && tree === undefined; level++) {
      tree = this.#holderOf(ancestor);
      ancestor = readStat(ancestor.parent);
    }
    tree ??= this.#carrierOf(stat, readMarks(pid));
    return tree === undefined ? undefined : { tree, stat };
  }

  /** Living processes that may be in a tree. */
  #read(): Stats | undefined {
    const isNew = this.#pidsSinceLastTime();
    const pids = listProcesses();
    if (pids === undefined) return undefined;
    const strangers = new Set<number>();
    const stats = new Map<number, ProcessStat>();
    for (const pid of pids) {
      if (this.#strangers.has(pid) && !isNew(pid)) {
        strangers.add(pid);
        continue;
      }
      const stat = readStat(pid);
      if (stat?.alive && stat.session !== this.#ownSession) stats.set(pid, stat);
    }
    this.#strangers = strangers;
    return stats;
  }

  /** Asked before the pids are listed: what starts in between counts as new the next time. */
  #pidsSinceLastTime(): (pid: number) => boolean {
    const [before, last] = [this.#lastPid, readActivity()?.lastPid];
    this.#lastPid = last;
    const now = this.#now();
    if (before === undefined || last === undefined || now - this.#strangersSince > FORGET_STRANGERS_MS) {
      this.#strangersSince = now;
      return () => true;
    }
    return last >= before ? (pid) => pid > before && pid <= last : (pid) => pid > before || pid <= last;
  }

  /** Up to the first ancestor whose owner is certain, then down again. No recursion: a bomb may be a chain of thousands. */
  #ownerOf(stat: ProcessStat, stats: Stats, owners: Map<number, ProcessTree | undefined>): ProcessTree | undefined {
    const line: ProcessStat[] = [];
    let owner: ProcessTree | undefined;
    let next: ProcessStat | undefined = stat;
    while (next !== undefined && owner === undefined) {
      if (owners.has(next.pid)) {
        owner = owners.get(next.pid);
        break;
      }
      // Also ends a circle, which pids that were used again while all this was read can make.
      owners.set(next.pid, undefined);
      line.push(next);
      owner = this.#holderOf(next);
      next = parentOf(next, stats);
    }
    for (const member of line.toReversed()) {
      owner ??= this.#ownerByMarks(member);
      owners.set(member.pid, owner);
    }
    return owner;
  }

  #ownerByMarks(stat: ProcessStat): ProcessTree | undefined {
    const { pid } = stat;
    if (this.#find((tree) => tree.mayHold(stat)) !== undefined) {
      const marks = readMarks(pid);
      const owner = this.#carrierOf(stat, marks);
      if (owner !== undefined) return owner;
      // While a program starts its environment is empty for a moment: look again the next time.
      if (marks.environment?.length === 0) return undefined;
    }
    this.#strangers.add(pid);
    return undefined;
  }

  #carrierOf(stat: ProcessStat, marks: InheritedMarks): ProcessTree | undefined {
    return this.#find((tree) => tree.mayHold(stat) && tree.carries(marks));
  }

  #holderOf(stat: ProcessStat): ProcessTree | undefined {
    return this.#find((tree) => tree.holds(stat));
  }

  #find(fits: (tree: ProcessTree) => boolean): ProcessTree | undefined {
    for (const tree of this.#trees) if (fits(tree)) return tree;
    return undefined;
  }
}

function readMarks(pid: number): InheritedMarks {
  return { environment: readEnvironment(pid), realtimeLimit: readRealtimeLimit(pid) };
}

/** Nobody is older than its parent: that pid names somebody else by now. */
function parentOf({ parent, startTicks }: ProcessStat, stats: Stats): ProcessStat | undefined {
  const above = stats.get(parent);
  return above !== undefined && above.startTicks <= startTicks ? above : undefined;
}
