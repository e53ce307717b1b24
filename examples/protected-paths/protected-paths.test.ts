import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

async function open(): Promise<AgentPlace> {
  const place = await openAgent();
  await place.load("files", `for (const name of ["write", "read"]) tool(name, ({ path }: any) => name + " " + path);`);
  await place.agent.host.load(HERE, { id: "protected-paths" });
  mkdirSync(join(place.directory, ".git"));
  symlinkSync(join(place.directory, ".git"), join(place.directory, "docs"));
  return place;
}

async function run(place: AgentPlace, tool: string, path: string): Promise<string> {
  await place.agent.prompt(`call ${tool} ${JSON.stringify({ path })}`);
  return place.results.at(-1)?.text ?? "";
}

describe("protected-paths", () => {
  test("protects by name, through `..`, links and capitals, also what does not exist yet", async () => {
    await using place = await open();
    for (const path of [
      ".env",
      "a/../.env.local",
      ".GIT/config",
      "docs/config",
      "a/node_modules/b/c.js",
      "keys/id_rsa",
    ]) {
      expect(await run(place, "write", path), path).toContain("is protected");
    }
  });

  test("leaves everything else, and reading, alone", async () => {
    await using place = await open();
    for (const path of ["src/environment.ts", "a.env", ".gitignore"]) {
      expect(await run(place, "write", path)).toBe(`write ${path}`);
    }
    expect(await run(place, "read", ".env")).toBe("read .env");
  });
});
