import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SandboxPlace } from "./support/sandbox-place.ts";
import { withoutBubblewrap } from "./support/without-bubblewrap.ts";
import { openWorkspace } from "./support/workspace.ts";

const place = new SandboxPlace();
const environment = withoutBubblewrap(place.path);
afterAll(() => place[Symbol.dispose]());

const { granted, readable, secret, permissions } = place;

/** Tells where it keeps temporary files, and keeps one. */
const TEMPORARY = `import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
export default (api) => api.registerTool({ name: "keep", description: "", parameters: { type: "object" },
  execute: async () => {
    mkdirSync(tmpdir() + "/folder");
    writeFileSync(tmpdir() + "/folder/kept", "x");
    return { content: [{ type: "text", text: tmpdir() }] };
  } });`;

/** Speaks the protocol without an SDK. */
const ANSWERS = `const tool = { name: "answer", description: "Answers", parameters: { type: "object" } };
const results = {
  hello: { protocol: 1, tools: [tool] },
  "tool/execute": { content: [{ type: "text", text: "answered" }] },
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} }));
});
`;

describe("where nobody may make namespaces, an extension in a sandbox", () => {
  test("reads and writes what it was granted, and nothing else", async () => {
    await using workspace = await place.openEscaping("sandbox", { environment });
    expect(await workspace.ask("told", { path: join(readable, "open.txt") })).toBe("for all to read");
    await workspace.ask("told", { file: join(granted, "made.txt") });
    expect(readFileSync(join(granted, "made.txt"), "utf8")).toBe("written inside");
    await expect(workspace.ask("told", { path: secret })).rejects.toThrow("EACCES");
  });

  test("starts the programs it was granted, ends them, and starts no others", async () => {
    await using workspace = await openWorkspace({ environment });
    const source = `import { spawn, spawnSync } from "node:child_process";
      export default (api) => api.registerTool({ name: "run", description: "", parameters: { type: "object" },
        execute: async () => {
          const child = spawn("sleep", ["60"]);
          const signal = await new Promise((resolve, reject) => {
            child.once("spawn", () => child.kill()).once("error", reject).once("exit", (_, signal) => resolve(signal));
          });
          return { content: [{ type: "text", text: signal + " " + spawnSync("env").error?.code }] };
        } });`;
    const path = workspace.write("runs.mjs", source);
    await workspace.load(path, { id: "runs", isolation: "sandbox", permissions: { programs: ["sleep"] } });
    expect(await workspace.ask("run")).toMatch(/^SIGTERM E(?:ACCES|NOENT)$/);
  });

  test("has a temporary folder of its own, which goes with it", async () => {
    await using workspace = await openWorkspace({ environment });
    await workspace.load(workspace.write("keeps.mjs", TEMPORARY), { id: "keeps", isolation: "sandbox" });
    const folder = await workspace.ask("keep");
    expect(readFileSync(join(folder, "folder", "kept"), "utf8")).toBe("x");
    await workspace.host.unload("keeps");
    await expect.poll(() => existsSync(folder)).toBe(false);
  });

  test.each([
    ["main.mjs", ""],
    ["main.js", ', "type": "module"'],
    ["main.cjs", ""],
  ])("may be a command that runs its own %s with Node", async (name, type) => {
    await using workspace = await openWorkspace({ environment });
    workspace.write("own/package.json", `{ "name": "own", "tau": { "command": ["node", "./${name}"] }${type} }`);
    const imported = name.endsWith(".cjs")
      ? 'const { createInterface } = require("node:readline");'
      : 'import { createInterface } from "node:readline";';
    workspace.write(`own/${name}`, `${imported}\n${ANSWERS}`);
    await workspace.load(join(workspace.directory, "own"), {
      id: "own",
      isolation: "sandbox",
      permissions: { programs: ["node"] },
    });
    expect(await workspace.ask("answer")).toBe("answered");
  });

  test("may be a command that runs with Node what lies in no package", async () => {
    await using workspace = await openWorkspace({ environment });
    const file = workspace.write("alone/main.js", `const { createInterface } = require("node:readline");\n${ANSWERS}`);
    const permissions = { programs: ["node"], files: { read: [dirname(file)] } };
    await workspace.load({ command: ["node", file] }, { id: "alone", isolation: "sandbox", permissions });
    expect(await workspace.ask("answer")).toBe("answered");
  });

  test("may be written in Python", async () => {
    await using workspace = await openWorkspace({ environment });
    const lines = [
      "from tau_ext import ExtensionApi",
      "async def setup(api: ExtensionApi):",
      '    @api.tool(description="reads a file")',
      "    async def look(path: str) -> str:",
      "        return open(path).read()",
    ];
    const path = workspace.write("looks.py", lines.join("\n"));
    await workspace.load(path, { id: "looks", isolation: "sandbox", permissions });
    expect(await workspace.ask("look", { path: join(readable, "open.txt") })).toBe("for all to read");
    await expect(workspace.ask("look", { path: secret })).rejects.toThrow("Permission denied");
  });

  test("is refused a folder to write in that holds its own code: nothing would keep that from it", async () => {
    await using workspace = await openWorkspace({ environment });
    const permission = { files: { write: [workspace.directory] } };
    const path = workspace.write("any.mjs", "export default () => {};");
    await expect(workspace.host.load(path, { isolation: "sandbox", permissions: permission })).rejects.toMatchObject({
      code: "isolation-unavailable",
      message: expect.stringContaining("Grant a smaller folder") as string,
    });
  });
});
