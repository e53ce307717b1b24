import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import nodeModule from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const PACKAGES = fileURLToPath(new URL("../..", import.meta.url));
const MODULES = join(PACKAGES, "../node_modules");

describe("The command, installed as by npm with every package in the folder of the one that needs it", () => {
  const folder = mkdtempSync(join(tmpdir(), "tau-installed-"));
  const command = join(folder, "node_modules/tau-cli/dist/bin.js");
  beforeAll(() => {
    install("cli", join(folder, "node_modules"));
    writeFileSync(join(folder, "echo.ts"), ECHO);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const tauIn =
    (home: string) =>
    async (...args: string[]): Promise<string> => {
      const env = { PATH: process.env["PATH"], TAU_HOME: join(folder, home) };
      const running = promisify(execFile)(process.execPath, [command, ...args], { cwd: folder, env });
      running.child.stdin?.end();
      return (await running).stdout;
    };
  const tau = tauIn("home");

  test("says its version", async () => {
    expect(await tau("--version")).toBe("0.1.0\n");
  });

  test("builds and runs an extension, and asks a model", async () => {
    expect(await tau("-p", "use echo text=hello", "-e", "echo.ts")).toBe("hello\n");
  });

  test("keeps what Node has compiled of the agent where that can, and nothing for other commands", async () => {
    const fresh = tauIn("fresh");
    const code = join(folder, "fresh/cache/code");
    await fresh("--version");
    await fresh("tools", "-e", "echo.ts");
    expect(existsSync(code)).toBe(false);
    await fresh("-p", "hello");
    expect(existsSync(code)).toBe("enableCompileCache" in nodeModule);
  });

  test("brings its own tools", async () => {
    writeFileSync(join(folder, "note.txt"), "seen");
    expect(await tau("-p", "use read path=note.txt")).toContain("seen");
  });

  test("holds an extension against the protocol's own lines", async () => {
    const peer = join(PACKAGES, "conformance/test/fixtures/peer.mjs");
    const results: unknown = JSON.parse(
      await tau("conformance", "--json", "--only", "L-4", "--", process.execPath, peer),
    );
    expect(results).toMatchObject([{ failed: 0, results: [{ id: "life/too-late", outcome: "passed" }] }]);
  });
});

const ECHO = `import { type ExtensionApi, ToolResult } from "tau-ext";
export default function setup(api: ExtensionApi) {
  const parameters = { type: "object", properties: { text: { type: "string" } }, required: ["text"] } as const;
  api.registerTool({ name: "echo", description: "Echoes", parameters, execute: ({ text }) => ToolResult.text(text) });
}
`;

/** A package of tau's as a copy, and in its folder all that it needs; tau's own once, in that of the command. */
function install(name: string, modules: string): void {
  const from = join(PACKAGES, name);
  const to = join(modules, `tau-${name}`);
  for (const part of ["package.json", "dist"]) cpSync(join(from, part), join(to, part), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as { dependencies?: object };
  const others = Object.keys(manifest.dependencies ?? {}).filter((each) => !each.startsWith("tau-"));
  for (const each of others) link(each, join(to, "node_modules"));
  if (name !== "cli") return;
  for (const each of readdirSync(PACKAGES)) if (each !== "cli") install(each, join(to, "node_modules"));
}

function link(name: string, modules: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(join(MODULES, name), join(modules, name));
}
