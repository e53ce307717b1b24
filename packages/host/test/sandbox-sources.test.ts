import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SandboxPlace } from "./support/sandbox-place.ts";
import { missingSandbox } from "./support/sandbox.ts";
import { openWorkspace } from "./support/workspace.ts";

if (missingSandbox !== undefined)
  console.warn(`The tests of what a sandboxed extension is made of are skipped: ${missingSandbox}`);

const place = new SandboxPlace();
const { outside, granted, readable, secret, permissions } = place;
afterAll(() => place[Symbol.dispose]());

/** An extension without an SDK, whose one tool reads FILE. */
const SPEAKS = `import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
const read = () => { try { return readFileSync(FILE, "utf8"); } catch (error) { return "held: " + error.code; } };
const tools = [{ name: "read", description: "", parameters: { type: "object" } }];
const offer = { protocol: 1, name: "speaks", version: "1.0.0", tools, events: [], hooks: [], commands: [] };
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (method === "hello") answer(id, offer);
  else if (method === "tool/execute") answer(id, { content: [{ type: "text", text: read() }] });
  else if (id !== undefined) answer(id, {});
}).on("close", () => process.exit());
`;

describe.skipIf(missingSandbox !== undefined)("a sandboxed extension", () => {
  describe("is not given files by its own word:", () => {
    const steal = `({ content: [{ type: "text", text: stolen }] })`;
    const tool = `export default (api) => api.registerTool({ name: "steal", description: "", parameters: { type: "object" }, execute: async () => ${steal} });`;

    test.each([
      ["an absolute path", (path: string) => path, undefined],
      ["a link that leads out", () => "data.txt", "data.txt"],
    ])("a package's command that names %s reads nothing there", async (_, nameOf, link) => {
      await using workspace = await openWorkspace();
      workspace.write(
        "package.json",
        JSON.stringify({ name: "names", tau: { command: ["node", "main.mjs", nameOf(secret)] } }),
      );
      workspace.write("main.mjs", SPEAKS.replaceAll("FILE", "process.argv[2]"));
      workspace.write("beside.mjs", "export const beside = 1;");
      if (link !== undefined) symlinkSync(secret, join(workspace.directory, link));
      const load = (isolation: "process" | "sandbox") =>
        workspace.load(workspace.directory, { id: "names", isolation });
      await load("process");
      expect(await workspace.ask("read")).toBe("the secret");
      await workspace.host.unload("names");
      await load("sandbox");
      expect(await workspace.ask("read")).toBe("held: ENOENT");
    });

    test.each([
      ["a file elsewhere", () => join(outside, "secret.json")],
      ["a manifest elsewhere", () => join(outside, "package.json")],
      ["a link that leads out", () => "./link.json"],
      ["data that only lies beside it", () => "./beside.json"],
    ])("an import of %s is refused, with the file", async (_, nameOf) => {
      await using workspace = await openWorkspace();
      for (const name of ["secret.json", "package.json"])
        writeFileSync(join(outside, name), JSON.stringify("the secret"));
      workspace.write("beside.json", JSON.stringify("the secret"));
      symlinkSync(join(outside, "secret.json"), join(workspace.directory, "link.json"));
      const path = workspace.write("steals.mjs", `import stolen from "${nameOf()}";\n${tool}`);
      await workspace.load(path, { id: "steals" });
      expect(await workspace.ask("steal")).toBe("the secret");
      await workspace.host.unload("steals");
      await expect(workspace.host.load(path, { id: "steals", isolation: "sandbox" })).rejects.toMatchObject({
        code: "denied",
        message: expect.stringMatching(/an import of \S+\.json\. Grant it/) as string,
      });
    });

    test("an import of what it may read is let through", async () => {
      await using workspace = await openWorkspace();
      writeFileSync(join(readable, "open.json"), JSON.stringify("granted"));
      const path = workspace.write("reads.mjs", `import stolen from "${join(readable, "open.json")}";\n${tool}`);
      await workspace.load(path, { id: "reads", isolation: "sandbox", permissions });
      expect(await workspace.ask("steal")).toBe("granted");
    });

    test.each([
      ["index.rs", "fn main() {}", "Cargo's build scripts"],
      ["index.py", '# /// script\n# dependencies = ["anything"]\n# ///\ndef setup(api): pass', "its dependencies"],
    ])("%s is not built by running what it may have written itself", async (name, text, said) => {
      await using workspace = await openWorkspace();
      const manifest = (main: string): string =>
        workspace.write("own/package.json", JSON.stringify({ name: "own", tau: { main } }));
      manifest("./index.mjs");
      workspace.write("own/index.mjs", tool.replace("stolen", '"first"'));
      workspace.write(`own/${name}`, text);
      const folder = join(workspace.directory, "own");
      for (const write of [folder, workspace.directory]) {
        manifest("./index.mjs");
        await workspace.load(folder, { id: "own", isolation: "sandbox", permissions: { files: { write: [write] } } });
        expect(await workspace.ask("steal")).toBe("first");
        // As it could itself, before it is reloaded.
        manifest(`./${name}`);
        const reloading = workspace.host.reload("own");
        await expect(reloading).rejects.toMatchObject({
          code: "denied",
          message: expect.stringContaining(said) as string,
        });
        expect(await workspace.ask("steal")).toBe("first");
        await workspace.host.unload("own");
      }
    });

    test("a grant in a folder it may write to is not looked up again through a link that it made", async () => {
      await using workspace = await place.openEscaping("sandbox");
      const nested = join(granted, "a", "ssl");
      mkdirSync(nested, { recursive: true });
      await workspace.host.unload("escapes");
      rmSync(join(granted, "a"), { recursive: true });
      symlinkSync("/etc", join(granted, "a"));
      const own = join(workspace.directory, "escapes", "index.mjs");
      const both = { files: { write: [granted, nested] } };
      await workspace.load(own, { id: "escapes", isolation: "sandbox", permissions: both });
      await expect(workspace.ask("told", { path: "/etc/ssl/openssl.cnf" })).rejects.toThrow("ENOENT");
      rmSync(join(granted, "a"));
    });
  });
});
