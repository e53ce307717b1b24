import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Finished, isAlive, type RunningTau, startTau, tau } from "./run-tau.ts";

/** The source of an extension with one tool, `say`, that answers a text. */
export function saying(text: string, { inSetup = "", inTool = "" } = {}): string {
  return [
    'import { existsSync } from "node:fs";',
    'import { type ExtensionApi, ToolResult } from "tau-ext";',
    "export default function setup(api: ExtensionApi) {",
    `  ${inSetup}`,
    "  api.registerTool({",
    '    name: "say",',
    '    description: "Says it",',
    '    parameters: { type: "object" },',
    "    async execute(_, ctx) {",
    `      ${inTool}`,
    `      return ToolResult.text("${text} " + process.pid);`,
    "    },",
    "  });",
    "}",
    "",
  ].join("\n");
}

/** A folder with a `TAU_HOME` of its own. On disposal everything started in it ends, and nothing of it may be left. */
export class Workplace implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tau-cli-watch-"));
  home = join(this.folder, "home");
  /** Processes of extensions that have to be gone at the end. */
  readonly pids = new Set<number>();
  readonly #running: RunningTau[] = [];

  /** Answers the path. What watches the file never sees half of it, nor another one in its folder. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    const whole = `${this.folder}.new`;
    writeFileSync(whole, text);
    renameSync(whole, path);
    return path;
  }

  start(...args: string[]): RunningTau {
    const running = startTau(args, this.#options());
    this.#running.push(running);
    return running;
  }

  run(...args: string[]): Promise<Finished> {
    return tau(args, this.#options());
  }

  /** `tau call say --watch`, when it has its first answer. */
  async watchCall(file = "voice.ts", flags: readonly string[] = []): Promise<RunningTau> {
    const running = this.start("call", "say", "-e", file, "--watch", ...flags);
    await this.answer(running, "\\w+");
    await running.untilNoted(/Watching/);
    return running;
  }

  /** Waits until a text was answered. Answers the process that said it. */
  async answer({ untilPrinted }: RunningTau, text: string): Promise<number> {
    const [, pid] = await untilPrinted(new RegExp(`^${text} (\\d+)$`, "m"));
    this.pids.add(Number(pid));
    return Number(pid);
  }

  /** Files in the control directory. */
  sockets(): string[] {
    const directory = join(this.home, "run");
    return existsSync(directory) ? readdirSync(directory) : [];
  }

  #options() {
    return { cwd: this.folder, env: { TAU_HOME: this.home, TMPDIR: this.folder } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const { child } of this.#running) child.kill("SIGCONT");
      for (const { child } of this.#running) child.kill("SIGINT");
      await Promise.all(this.#running.map(({ finished }) => finished));
      expect([...this.pids].filter(isAlive), "processes of extensions").toEqual([]);
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
