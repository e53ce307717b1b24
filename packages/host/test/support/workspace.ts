import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type CallOptions,
  createHost,
  type ExtensionInfo,
  type ExtensionSource,
  type Host,
  type HostEvents,
  type HostOptions,
  isTauError,
  type LoadOptions,
  type TauError,
  type ToolResult,
} from "tau-host";
import { expect } from "vitest";
import { isAlive, openDescriptors, processesWith, until } from "./processes.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));

export function fixture(name: string): string {
  return join(FIXTURES, name);
}

/** The extension without SDK, as a command. */
export function raw(...args: string[]): ExtensionSource {
  return { command: [process.execPath, fixture("raw.mjs"), ...args] };
}

/** Opens a host with a cache of its own and a well-behaved extension beside whatever the test loads. */
export async function openWorkspace(options: HostOptions = {}): Promise<Workspace> {
  const workspace = new Workspace();
  await workspace.open(options);
  return workspace;
}

/** Of one test. */
const openWorkspaces = new Set<Workspace>();

/**
 * A directory, a host, and a neighbour that must never notice anything. Disposal checks what has to hold after whatever
 * happened: the neighbour answers, every call has settled, no process and no descriptor is left.
 */
export class Workspace implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "tau-test-"));
  /** Every process the test wants to be gone at the end. */
  readonly pids = new Set<number>();
  /** Whether the neighbour is asked at the end. */
  checkNeighbour = true;
  host!: Host;
  launcherPids: number[] = [];
  /** Told of each launcher as soon as it was started. */
  onLauncher: (launcher: ChildProcess) => void = () => {};
  /** Open before. Not counted beside another workspace, whose host opens a channel ahead at any time: that one counts at its end. */
  readonly #descriptors = openWorkspaces.size === 0 ? openDescriptors() : Infinity;
  readonly #unsettled = new Set<Promise<unknown>>();
  readonly #marks: string[] = [];

  async open(options: HostOptions): Promise<void> {
    openWorkspaces.add(this);
    this.host = await createHost({
      cacheDir: join(this.directory, "cache"),
      stateDir: join(this.directory, "state"),
      cwd: this.directory,
      // A crash is the end, where a test does not say otherwise: what comes after it has tests of its own.
      maxCrashes: 1,
      spawn: this.#spawn,
      ...options,
    });
    await this.load(raw("neighbour"), { id: "neighbour", startTimeoutMs: 15_000 });
  }

  async load(source: ExtensionSource, options?: LoadOptions): Promise<ExtensionInfo> {
    const info = await this.#watch(this.host.load(source, options));
    if (info.pid !== undefined) this.pids.add(info.pid);
    // For the next program's channel, which is made as soon as one is up: it is there when the launcher has answered twice.
    for (let turn = 0; turn < 2; turn++) await this.host.usage(info.id);
    return info;
  }

  call(tool: string, args?: Record<string, unknown>, options?: CallOptions): Promise<ToolResult> {
    return this.#watch(this.host.call(tool, args as Parameters<Host["call"]>[1], options));
  }

  /** The text that a tool answers. */
  async ask(tool: string, args?: Record<string, unknown>, options?: CallOptions): Promise<string> {
    return textOf(await this.call(tool, args, options));
  }

  /** Writes a file and its directories. */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** A copy of a fixture, to be edited or to have neighbours of its own. */
  copy(name: string, target = name): string {
    const path = join(this.directory, target);
    mkdirSync(dirname(path), { recursive: true });
    if (statSync(fixture(name)).isDirectory()) cpSync(fixture(name), path, { recursive: true });
    else copyFileSync(fixture(name), path);
    return path;
  }

  /** The next event that fits. */
  next<Name extends keyof HostEvents>(
    name: Name,
    fits: (event: HostEvents[Name]) => boolean = () => true,
  ): Promise<HostEvents[Name]> {
    return new Promise((resolve) => {
      const stop = this.host.on(name, (event) => {
        if (!fits(event)) return;
        stop();
        resolve(event);
      });
    });
  }

  /** Processes that were started for this host and live. */
  processes(): number[] {
    return this.#marks.flatMap(processesWith);
  }

  async expectNeighbour(): Promise<void> {
    expect(await this.ask("neighbour", { text: "still here" }, { timeoutMs: 5000 })).toBe("still here");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.checkNeighbour) await this.expectNeighbour();
      await this.host.close();
      // One turn of the event loop: what settled on closing has told by then.
      await new Promise((resolve) => setImmediate(resolve));
      expect(this.#unsettled.size, "calls without an answer").toBe(0);
      expect(this.processes(), "processes of this host").toEqual([]);
      await until("no process to be left", () => ![...this.pids, ...this.launcherPids].some(isAlive));
      await until("no file descriptor to be left", () => openDescriptors() <= this.#descriptors);
    } finally {
      openWorkspaces.delete(this);
      await this.host.close();
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  readonly #spawn = ((command: string, args: string[], options: object) => {
    const child = spawn(command, args, options);
    this.#marks.push(`TAU_PROCESS=${args[1]}.`);
    if (child.pid !== undefined) this.launcherPids.push(child.pid);
    this.onLauncher(child);
    return child;
  }) as typeof spawn;

  #watch<Result>(promise: Promise<Result>): Promise<Result> {
    this.#unsettled.add(promise);
    const settled = (): void => void this.#unsettled.delete(promise);
    promise.then(settled, settled);
    return promise;
  }
}

export function textOf(result: ToolResult): string {
  return result.content.map((content) => (content.type === "text" ? content.text : `<${content.mimeType}>`)).join("");
}

/** The TauError a promise rejects with. Anything else fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<TauError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) throw new Error(`Expected a failure, got ${JSON.stringify(outcome.value)?.slice(0, 200)}`);
  if (!isTauError(outcome.error)) throw new Error("Expected a TauError.", { cause: outcome.error });
  return outcome.error;
}
