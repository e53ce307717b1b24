import { type Host, isTauError, type TauError, type ToolResult } from "tau-host";
import { textOf, type Workspace } from "../../packages/host/test/support/workspace.ts";

/** Codes that a start may fail with, given what the versions below do. */
const START_CODES = ["build-failed", "setup-failed", "start-exited", "extension-stopped", "extension-crashed"];
const RELOAD_CODES = [...START_CODES, "unknown-extension", "extension-exists", "source-not-found"];
const CALL_CODES = ["unknown-tool", "cancelled", "extension-crashed", "extension-stopped", "extension-disabled"];

/** Nothing takes this long but what never ends, in milliseconds. */
const SETTLE_LIMIT_MS = 30_000;

export type BadKind = "syntax" | "throws" | "exits";

/** What goes on in one extension, and what may be said of it for certain. Operations are begun and not waited for. */
export class Life {
  readonly id: string;
  readonly faults: string[] = [];
  /** What the version that serves answers, where nothing has happened that leaves it open. */
  #expected: number | undefined;
  #loaded = false;
  /** The version in the file. A bad one has the number too. */
  #written = 0;
  #crashes = 0;
  #unloads = 0;
  readonly #good = new Set<number>();
  readonly #pending = new Map<Promise<void>, string>();
  #unloading: Promise<void> = Promise.resolve();
  readonly #workspace: Workspace;
  readonly #idleTimeoutMs: number;

  constructor(workspace: Workspace, id: string, idleTimeoutMs: number) {
    this.#workspace = workspace;
    this.id = id;
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  load(): void {
    void this.#track("load", async () => {
      await this.#unloading;
      if (this.#info !== undefined) return;
      const wasOpen = this.#stamp();
      const version = this.#write();
      const path = this.#path();
      try {
        await this.#host.load(path, { id: this.id, idleTimeoutMs: this.#idleTimeoutMs });
        this.#loaded = true;
        this.#know(version, wasOpen);
      } catch (error) {
        this.#check("load", error, RELOAD_CODES);
      }
    });
  }

  reload(): void {
    void this.#track("reload", async () => {
      const version = this.#write();
      const wasOpen = this.#stamp();
      try {
        await this.#host.reload(this.id);
        this.#know(version, wasOpen);
      } catch (error) {
        this.#check("reload", error, RELOAD_CODES);
        if (this.#certain(version, wasOpen) && this.#loaded)
          this.#fault(`a good version was refused: ${String(error)}`);
      }
    });
  }

  reloadBad(kind: BadKind): void {
    void this.#track("bad reload", async () => {
      const version = this.#write(kind);
      try {
        await this.#host.reload(this.id);
        // A good one may have been written before this one was read.
        if (this.#written === version) this.#fault(`a version that ${kind} was taken`);
      } catch (error) {
        this.#check("bad reload", error, RELOAD_CODES);
      }
    });
  }

  /** @param cancelAfterMs cancels the call then */
  call(tool: "once" | "again" | "slow", cancelAfterMs?: number): void {
    void this.#track(`call of ${tool}`, async () => {
      const controller = new AbortController();
      const { signal } = controller;
      if (cancelAfterMs !== undefined) setTimeout(() => controller.abort(), cancelAfterMs);
      try {
        const result = await this.#host.call(`${this.id}-${tool}`, {}, { signal, timeoutMs: 20_000 });
        this.#checkAnswer(result);
      } catch (error) {
        this.#check(`call of ${tool}`, error, CALL_CODES);
      }
    });
  }

  decide(): void {
    void this.#track("decide", async () => {
      const input = { forbidden: this.id };
      const [wasLoaded, unloads] = [this.#loaded, this.#unloads];
      const decision = await this.#host.decide("tool_call", { toolCallId: "1", toolName: "bash", input });
      // Crashed, asleep, being replaced: as long as it is loaded, it is asked or it blocks.
      if (decision.action === "continue" && wasLoaded && this.#unloads === unloads) this.#fault("a gate was open");
    });
  }

  crash(how: "kill" | "exit"): void {
    this.#crashes += 1;
    this.#expected = undefined;
    if (how === "exit") {
      void this.#track("exit", async () => {
        await this.#host.call(`${this.id}-exit`, {}, { timeoutMs: 20_000 }).catch((error: unknown) => {
          this.#check("exit", error, CALL_CODES);
        });
      });
    } else if (this.#info?.pid !== undefined) {
      try {
        process.kill(this.#info.pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  unload(): void {
    this.#unloads += 1;
    this.#loaded = false;
    this.#expected = undefined;
    this.#unloading = this.#track("unload", async () => {
      await this.#host.unload(this.id).catch((error: unknown) => this.#check("unload", error, ["unknown-extension"]));
    });
  }

  /** Waits for everything that was begun, then looks whether the extension is what it has to be. */
  async settle(): Promise<void> {
    await this.#awaitPending();
    if (this.#info?.state === "disabled" || this.#info?.state === "restarting") {
      this.reload();
      await this.#awaitPending();
    }
    if (!this.#loaded) return;
    if (this.#info === undefined) return this.#fault("it is gone");
    const expected = this.#expected;
    this.call("again");
    await this.#awaitPending();
    const answer = await this.#host
      .call(`${this.id}-again`, {}, { timeoutMs: 20_000 })
      .catch((error: unknown) => error);
    if (isTauError(answer)) return this.#fault(`it does not answer: ${answer.message}`);
    const version = this.#checkAnswer(answer as ToolResult);
    if (expected !== undefined && version !== expected) this.#fault(`version ${version} answers, not ${expected}`);
  }

  async end(): Promise<void> {
    await this.settle();
    if (this.#info !== undefined) this.unload();
    await this.#awaitPending();
  }

  get #host(): Host {
    return this.#workspace.host;
  }

  get #info(): ReturnType<Host["extensions"]>[number] | undefined {
    return this.#host.extensions().find(({ id }) => id === this.id);
  }

  #track(what: string, work: () => Promise<void>): Promise<void> {
    const promise = work().catch((error: unknown) => this.#fault(`${what} failed: ${String(error)}`));
    this.#pending.set(promise, what);
    void promise.then(() => this.#pending.delete(promise));
    return promise;
  }

  async #awaitPending(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), SETTLE_LIMIT_MS);
    });
    while (this.#pending.size > 0) {
      if ((await Promise.race([Promise.all(this.#pending.keys()), late])) !== "late") continue;
      this.#fault(`not settled: ${[...this.#pending.values()].join(", ")}, ${this.#info?.state}`);
      break;
    }
    clearTimeout(timer);
  }

  #stamp(): string {
    return `${this.#crashes} ${this.#unloads}`;
  }

  /** Whether nothing has happened since that leaves open which version serves. */
  #certain(version: number, stamp: string): boolean {
    return this.#written === version && this.#stamp() === stamp;
  }

  #know(version: number, stamp: string): void {
    this.#expected = this.#certain(version, stamp) ? version : undefined;
  }

  #checkAnswer(result: ToolResult): number {
    const version = Number(textOf(result));
    if (!this.#good.has(version)) this.#fault(`an answer of version ${textOf(result)}, which is none`);
    return version;
  }

  #check(what: string, error: unknown, codes: readonly string[]): asserts error is TauError {
    if (!isTauError(error)) this.#fault(`${what} failed with what is no TauError: ${String(error)}`);
    else if (!codes.includes(error.code)) this.#fault(`${what} failed with ${error.code}: ${error.message}`);
    else if (!["no", "maybe", "yes"].includes(error.executed)) this.#fault(`${what} does not say whether it ran`);
  }

  #fault(text: string): void {
    this.faults.push(`${this.id}: ${text}`);
  }

  #path(): string {
    return `${this.#workspace.directory}/${this.id}.mjs`;
  }

  /** In one moment, so that nobody reads half of it. */
  #write(bad?: BadKind): number {
    this.#written += 1;
    if (bad === undefined) this.#good.add(this.#written);
    this.#workspace.write(`${this.id}.mjs`, source(this.id, this.#written, bad));
    return this.#written;
  }
}

function source(id: string, version: number, bad: BadKind | undefined): string {
  if (bad === "syntax") return "export default (api) => {";
  const first = { throws: 'throw new Error("bad");', exits: "process.exit(3);" };
  return `
    import { ToolResult } from "tau-ext";
    const tool = { description: "", parameters: { type: "object" }, execute: () => ToolResult.text("${version}") };
    const wait = (signal) => new Promise((resolve) => { const timer = setTimeout(resolve, 40); signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }); });
    export default (api) => {
      ${bad === undefined ? "" : first[bad]}
      api.registerTool({ ...tool, name: "${id}-once" });
      api.registerTool({ ...tool, name: "${id}-again", idempotent: true });
      api.registerTool({ ...tool, name: "${id}-slow", execute: async (_, { signal }) => { await wait(signal); return ToolResult.text("${version}"); } });
      api.registerTool({ ...tool, name: "${id}-exit", execute: () => process.exit(1) });
      api.on("tool_call", ({ input }) => input.forbidden === "${id}" ? { block: "no" } : undefined);
    };`;
}
