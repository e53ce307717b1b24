import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "./support/processes.ts";
import { SandboxPlace } from "./support/sandbox-place.ts";
import { missingSandbox } from "./support/sandbox.ts";
import { fixture, openWorkspace } from "./support/workspace.ts";

/** Why there is nothing to test here, in one line. */
const missing = missingSandbox;
if (missing !== undefined) console.warn(`The tests of the sandbox are skipped: ${missing}`);

const place = new SandboxPlace();
const { granted, readable, secret, permissions } = place;
afterAll(() => place[Symbol.dispose]());

describe.skipIf(missing !== undefined)("an extension in a sandbox", () => {
  test("reads and writes what it was granted, and is told so", async () => {
    await using workspace = await place.openEscaping("sandbox");
    expect(await workspace.ask("told", { path: join(readable, "open.txt") })).toBe("for all to read");
    await workspace.ask("told", { file: join(granted, "made.txt") });
    expect(readFileSync(join(granted, "made.txt"), "utf8")).toBe("written inside");
  });

  test("starts the programs it was granted and no others", async () => {
    await using workspace = await openWorkspace();
    const own = join(workspace.copy("escapes"), "index.mjs");
    await workspace.load(own, { id: "escapes", isolation: "sandbox", permissions: { programs: ["echo"] } });
    expect(await workspace.ask("told", { program: "echo" })).toBe("ran\n");
    await expect(workspace.ask("told", { program: "cat" })).rejects.toMatchObject({ code: "tool-failed" });
  });

  test("may be written in Python", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write(
      "looks.py",
      [
        "import socket",
        "from tau_ext import ExtensionApi",
        "async def setup(api: ExtensionApi):",
        '    @api.tool(description="reads a file")',
        "    async def look(path: str) -> str:",
        "        return open(path).read()",
        '    @api.tool(description="opens a socket")',
        "    async def net() -> str:",
        "        socket.socket()",
        '        return "got"',
      ].join("\n"),
    );
    await workspace.load(path, { id: "looks", isolation: "sandbox", permissions });
    expect(await workspace.ask("look", { path: join(readable, "open.txt") })).toBe("for all to read");
    await expect(workspace.ask("look", { path: secret })).rejects.toThrow("No such file");
    await expect(workspace.ask("net")).rejects.toThrow("Operation not permitted");
  });

  test("may be a program with an interpreter, named as seen from its folder", async () => {
    await using workspace = await openWorkspace();
    workspace.write("raw.mjs", readFileSync(fixture("raw.mjs"), "utf8"));
    const command = [process.execPath, "./raw.mjs"];
    await workspace.load({ command, cwd: workspace.directory }, { id: "raw", isolation: "sandbox" });
    expect(workspace.host.tools().some(({ extensionId }) => extensionId === "raw")).toBe(true);
  });

  test("writes nothing of tau's own, in a folder around it that it was granted either", async () => {
    await using workspace = await openWorkspace();
    workspace.write("state/kept.txt", "kept");
    const around = join(place.path, "around");
    symlinkSync(workspace.directory, around);
    const own = join(workspace.copy("escapes"), "index.mjs");
    const load = (permissions?: object) =>
      workspace.load(own, {
        id: "escapes",
        ...(permissions === undefined ? {} : { isolation: "sandbox", permissions }),
      });
    await load();
    for (const folder of ["cache", "state"])
      await workspace.ask("told", { file: join(workspace.directory, folder, "unconfined") });
    await workspace.host.unload("escapes");
    for (const granted of [workspace.directory, around]) {
      await load({ files: { write: [granted] } });
      await workspace.ask("told", { file: join(granted, "beside.txt") });
      for (const folder of ["cache", "state"])
        await expect(workspace.ask("told", { file: join(granted, folder, "planted") })).rejects.toThrow("EROFS");
      await workspace.host.unload("escapes");
    }
  });

  test("does not move a folder of tau's away, nor one on the way to it", async () => {
    const cacheDir = join(place.path, "deep", "deeper", "cache");
    await using workspace = await openWorkspace({ cacheDir });
    const own = join(workspace.copy("escapes"), "index.mjs");
    const args = { from: join(place.path, "deep"), to: join(place.path, "away") };
    await workspace.load(own, { id: "escapes" });
    // What it offers is written behind that, and would make the folder anew.
    const offers = join(cacheDir, "offers");
    await until(
      "its offer to be kept",
      () => existsSync(offers) && readdirSync(offers).some((name) => name.endsWith(".json")),
    );
    await workspace.ask("move", args);
    await workspace.ask("move", { from: args.to, to: args.from });
    await workspace.host.unload("escapes");
    await workspace.load(own, { id: "escapes", isolation: "sandbox", permissions: { files: { write: [place.path] } } });
    for (const from of [args.from, join(args.from, "deeper"), cacheDir])
      await expect(workspace.ask("move", { from, to: `${from}-away` })).rejects.toThrow(/EBUSY|EROFS/);
  });

  test("is reloaded as any other", async () => {
    await using workspace = await openWorkspace();
    const source = (text: string): string =>
      `export default (api) => api.registerTool({ name: "say", description: "", parameters: { type: "object" },
        execute: async () => ({ content: [{ type: "text", text: "${text}" }] }) });`;
    const path = workspace.write("says.mjs", source("old"));
    await workspace.load(path, { id: "says", isolation: "sandbox" });
    expect(await workspace.ask("say")).toBe("old");
    workspace.write("says.mjs", source("new"));
    await workspace.host.reload("says");
    expect(await workspace.ask("say")).toBe("new");
  });

  test("a name of a permission that there is not is refused, with the names that there are", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("any.mjs", "export default () => {};");
    const permission = { file: { read: ["."] } } as object;
    await expect(workspace.host.load(path, { isolation: "sandbox", permissions: permission })).rejects.toMatchObject({
      code: "invalid-option",
      message: expect.stringContaining("files, programs, network") as string,
    });
  });

  test("names of objects' insides in a result change nothing of the host", async () => {
    await using workspace = await openWorkspace();
    const details = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}';
    const source = `export default (api) => api.registerTool({ name: "say", description: "", parameters: { type: "object" },
      execute: async () => JSON.parse('{"content": [], "__proto__": {"isError": 7}, "details": ${details}}') });`;
    await workspace.load(workspace.write("says.mjs", source), { id: "says", isolation: "sandbox" });
    const result = await workspace.call("say");
    expect(JSON.stringify(result.details)).toContain("__proto__");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test.each(["LD_PRELOAD", "NODE_OPTIONS", "PYTHONPATH", "BASH_ENV"])(
    "the variable %s, which has a loader run other code, is refused",
    async (name) => {
      await using workspace = await openWorkspace();
      const path = workspace.write("any.mjs", "export default () => {};");
      await expect(workspace.host.load(path, { isolation: "sandbox", env: { [name]: "/x.so" } })).rejects.toMatchObject(
        { code: "invalid-option", message: expect.stringContaining(name) as string },
      );
    },
  );
});

describe("where no sandbox can be made", () => {
  test("the extension is not started, and the error says what to install", async () => {
    await using workspace = await openWorkspace({ environment: { PATH: place.path } });
    const path = workspace.write("any.mjs", "export default () => {};");
    await expect(workspace.host.load(path, { isolation: "sandbox" })).rejects.toMatchObject({
      code: "isolation-unavailable",
      message: expect.stringContaining("apt install bubblewrap") as string,
    });
  });

  test("an unknown isolation is no isolation by accident", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("any.mjs", "export default () => {};");
    await expect(workspace.host.load(path, { isolation: "sandboxed" as "sandbox" })).rejects.toMatchObject({
      code: "invalid-option",
      message: expect.stringContaining("sandboxed") as string,
    });
  });
});
