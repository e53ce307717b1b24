import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Permissions } from "tau-host";
import { describe, expect, test } from "vitest";
import { missingSandbox } from "../packages/host/test/support/sandbox.ts";
import { openWorkspace, type Workspace } from "../packages/host/test/support/workspace.ts";

if (missingSandbox !== undefined)
  console.warn(`The tests of real extensions in a sandbox are skipped: ${missingSandbox}`);

const root = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** An index of the words in a folder, as one would write it. */
const INDEXER = `import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ToolResult, type ExtensionApi } from "tau-ext";

async function* files(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

export default function setup(api: ExtensionApi): void {
  const folder = String(api.config["folder"]);
  api.registerTool({
    name: "index",
    description: "Reads all files of the folder",
    parameters: { type: "object" },
    async execute() {
      const index: Record<string, string[]> = {};
      const unread: string[] = [];
      for await (const path of files(folder)) {
        const name = relative(folder, path);
        const text = await readFile(path, "utf8").catch(() => void unread.push(name));
        for (const word of new Set((text ?? "").toLowerCase().match(/\\p{L}+/gu))) (index[word] ??= []).push(name);
      }
      await api.state.set("index", index);
      return ToolResult.text(\`\${Object.keys(index).length} words; not read: \${unread.join() || "none"}\`);
    },
  });
  api.registerTool({
    name: "find_word",
    description: "Names the files with a word",
    parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
    async execute({ word }) {
      const index = (await api.state.get<Record<string, string[]>>("index")) ?? {};
      return ToolResult.text((index[word.toLowerCase()] ?? []).sort().join() || "nowhere");
    },
  });
}
`;

/** A folder `project` and a secret beside it. */
async function openProject(): Promise<{ workspace: Workspace; project: string; secret: string }> {
  const workspace = await openWorkspace();
  const project = join(workspace.directory, "project");
  mkdirSync(join(project, "notes"), { recursive: true });
  writeFileSync(join(project, "notes", "one.md"), "Grüße from the first note");
  writeFileSync(join(project, "two.md"), "a second note");
  const secret = workspace.write("elsewhere/secret.md", "swordfish");
  symlinkSync(secret, join(project, "way-out.md"));
  return { workspace, project, secret };
}

describe.skipIf(missingSandbox !== undefined)("in a sandbox", () => {
  test("the web search asks the one server that it was granted, and no other", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end(JSON.stringify({ results: [{ title: "tau", url: "https://tau.example", content: "extensions" }] }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    // Opened after the server, and so closed before it: no descriptor of the extension's may be left then.
    using _ = { [Symbol.dispose]: () => void server.close() };
    await using workspace = await openWorkspace();
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const load = (endpoint: string, id: string): Promise<unknown> =>
      workspace.load(root("examples/web-search"), {
        id,
        isolation: "sandbox",
        config: { endpoint },
        permissions: { network: [host] },
      });
    await load(`http://${host}/search`, "search");
    expect(await workspace.ask("web_search", { query: "tau & co" })).toBe(
      "1. tau\n   https://tau.example\n   extensions",
    );
    expect(asked).toEqual(["/search?q=tau+%26+co&format=json"]);
    await workspace.host.unload("search");
    await load(`http://localhost:${host.split(":")[1]}/search`, "search");
    await expect(workspace.ask("web_search", { query: "tau" })).rejects.toThrow(`a server that was granted (${host})`);
    expect(asked).toHaveLength(1);
  });

  test("an indexer reads the one folder that it was granted, and not where a link in it leads", async () => {
    const { workspace, project, secret } = await openProject();
    await using _ = workspace;
    const path = workspace.write("indexer/indexer.ts", INDEXER);
    const load = (folder: string, permissions: Permissions): Promise<unknown> =>
      workspace.load(path, { id: "indexer", isolation: "sandbox", config: { folder }, permissions });
    await load(project, { files: { read: [project] } });
    expect(await workspace.ask("index")).toBe("7 words; not read: way-out.md");
    expect(await workspace.ask("find_word", { word: "NOTE" })).toBe("notes/one.md,two.md");
    expect(await workspace.ask("find_word", { word: "grüße" })).toBe("notes/one.md");
    expect(await workspace.ask("find_word", { word: "swordfish" })).toBe("nowhere");
    await workspace.host.unload("indexer");
    await load(join(secret, ".."), { files: { read: [project] } });
    await expect(workspace.ask("index")).rejects.toThrow("ENOENT");
  });

  test("the coding tools work in the project's folder, and see nothing beside it", async () => {
    const { workspace, project, secret } = await openProject();
    await using _ = workspace;
    const permissions = { files: { write: [project] }, programs: ["/bin/bash", "cat", "wc", "ls"] };
    await workspace.host.close();
    await workspace.open({ cwd: project });
    const tools = root("packages/coding-tools");
    await workspace.load(tools, { id: "tools" });
    expect(await workspace.ask("read", { path: "way-out.md" })).toContain("swordfish");
    await workspace.host.unload("tools");
    await workspace.load(tools, { id: "tools", isolation: "sandbox", permissions });
    const ask = (tool: string, args: object): Promise<string> => workspace.ask(tool, { ...args });
    expect(await ask("read", { path: "two.md" })).toContain("a second note");
    await ask("write", { path: "src/three.txt", content: "first\nsecond\n" });
    await ask("edit", { path: "src/three.txt", edits: [{ oldText: "second", newText: "2nd" }] });
    expect(readFileSync(join(project, "src/three.txt"), "utf8")).toBe("first\n2nd\n");
    expect(await ask("grep", { pattern: "note" })).toContain("two.md");
    expect(await ask("find", { pattern: "**/*.md" })).toContain("notes/one.md");
    expect(await ask("ls", {})).toContain("notes/");
    expect(await ask("bash", { command: "cat two.md | wc -w; echo made > made.txt; ls" })).toMatch(
      /^\s*3\n[^]*made\.txt/,
    );
    expect(readFileSync(join(project, "made.txt"), "utf8")).toBe("made\n");
    for (const path of [secret, "way-out.md"])
      expect(await ask("read", { path })).toMatch(/^There is no |nothing is there/);
    expect(await ask("bash", { command: `cat ${secret} way-out.md /etc/passwd; true` })).not.toMatch(/swordfish|root:/);
    expect(await ask("grep", { pattern: "swordfish" })).not.toContain("way-out.md:");
  });
});
