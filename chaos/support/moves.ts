import type { ExtensionChange } from "tau-host";

type Kind = ExtensionChange["to"];

/** Written down a second time, so that a slip in the host's own table is found. */
const LEGAL: Readonly<Record<Kind, readonly Kind[]>> = {
  starting: ["ready", "idle", "failed", "disabled", "stopping"],
  ready: ["ready", "reloading", "idle", "restarting", "disabled", "stopping"],
  reloading: ["ready", "reloading", "restarting", "disabled", "stopping"],
  idle: ["waking", "stopping"],
  waking: ["ready", "idle", "restarting", "disabled", "stopping"],
  restarting: ["ready", "restarting", "disabled", "stopping"],
  disabled: ["starting", "stopping"],
  failed: ["starting", "stopping"],
  stopping: ["stopped"],
  stopped: [],
};

/** Follows what a host tells of its extensions. */
export class MoveLog {
  readonly faults: string[] = [];
  /** States that were seen, with how often: what is never seen was not tested. */
  readonly seen = new Map<Kind, number>();
  readonly #last = new Map<string, Kind>();

  note({ extensionId, from, to, generation, reason }: ExtensionChange): void {
    const last = this.#last.get(extensionId);
    // Another extension of the same name.
    const isAnother = (last === "stopped" || last === "failed") && from === "starting";
    // What is told of with an unchanged state is no move.
    const isReport = from === to && reason !== "reloaded";
    const where = `${extensionId}: ${from} → ${to} (${reason})`;
    if (last !== undefined && from !== last && !isAnother) this.faults.push(`${where}, but it was ${last}`);
    if (!isReport && !LEGAL[from].includes(to)) this.faults.push(`${where} is no move`);
    if (to === "ready" && from !== "ready" && generation < 1) this.faults.push(`${where} without a version`);
    this.seen.set(to, (this.seen.get(to) ?? 0) + 1);
    this.#last.set(extensionId, to);
  }
}
