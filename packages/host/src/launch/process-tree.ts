import type { InheritedMarks } from "./census.ts";
import { isMarkOf } from "./limit-mark.ts";
import { MARK_VARIABLE } from "./messages.ts";
import { type ProcessStat, readStat } from "./proc.ts";

export interface ProcessTreeOptions {
  /** The process it began with, which leads a group and a session of its own. None for what is found by its marks alone. */
  rootPid?: number;
  carries: (marks: InheritedMarks) => boolean;
}

/**
 * The processes that one began: its session, everybody's children, and who left both but carries the mark. Whoever was seen
 * once stays a member, whatever it does.
 */
export class ProcessTree {
  readonly carries: (marks: InheritedMarks) => boolean;
  readonly rootPid: number | undefined;
  readonly #root: ProcessStat | undefined;
  #before: ReadonlyMap<number, ProcessStat> = new Map();
  #members = new Map<number, ProcessStat>();

  constructor({ rootPid, carries }: ProcessTreeOptions) {
    this.carries = carries;
    this.rootPid = rootPid;
    this.#root = rootPid === undefined ? undefined : readStat(rootPid);
  }

  /** Living processes, as the last update of the census found them. */
  get members(): readonly ProcessStat[] {
    return [...this.#members.values()];
  }

  /** The group it began with, unless its number is somebody else's by now. */
  get rootGroup(): number | undefined {
    const stat = this.rootPid === undefined ? undefined : readStat(this.rootPid);
    return stat === undefined || stat.startTicks === this.#root?.startTicks ? this.rootPid : undefined;
  }

  beginUpdate(): void {
    this.#before = this.#members;
    this.#members = new Map();
  }

  addMember(stat: ProcessStat): void {
    this.#members.set(stat.pid, stat);
  }

  /** Whether it is a member for certain, its parents and marks aside. */
  holds(stat: ProcessStat): boolean {
    if (this.#before.get(stat.pid)?.startTicks === stat.startTicks) return true;
    return stat.session === this.#root?.pid && this.mayHold(stat);
  }

  /** No member is older than the first. */
  mayHold(stat: ProcessStat): boolean {
    return stat.startTicks >= (this.#root?.startTicks ?? 0);
  }
}

/** The environment of one launched process and its descendants holds the token, unless they cleared it. */
export function carriesToken(token: string, marks: InheritedMarks): boolean {
  // With the end of the variable: `x.1` is not `x.10`.
  return marks.environment?.includes(`${MARK_VARIABLE}=${token}\0`) ?? false;
}

/** Whether a process comes from a launcher of this name. */
export function carriesLauncher(name: string, { environment, realtimeLimit }: InheritedMarks): boolean {
  return isMarkOf(name, realtimeLimit) || (environment?.includes(`${MARK_VARIABLE}=${name}.`) ?? false);
}
