import { expect, test } from "vitest";
import { errorOf, openWorkspace } from "./support/workspace.ts";

const GOOD = `
  import { ToolResult } from "tau-ext";
  export default (api) => {
    api.registerTool({ name: "good", description: "", parameters: { type: "object" }, execute: () => ToolResult.text("good") });
  };`;

test("a reload asked for during a load that fails leaves nothing either", async () => {
  await using workspace = await openWorkspace();
  // The builder stays.
  await workspace.load(workspace.write("other.mjs", GOOD), { id: "other" });
  await workspace.host.unload("other");
  const before = workspace.processes();
  const starting = workspace.next("log", ({ text }) => text === "begins");
  const path = workspace.write(
    "edited.mjs",
    `import { existsSync } from "node:fs";
    console.log("begins");
    export default async () => {
      while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("bad");
    };`,
  );
  const loading = errorOf(workspace.load(path, { id: "edited" }));
  await starting;
  workspace.write("edited.mjs", GOOD);
  const reloading = errorOf(workspace.host.reload("edited"));
  workspace.write("go", "");
  expect(await loading).toMatchObject({ code: "setup-failed" });
  expect(await reloading).toMatchObject({ code: "extension-stopped", executed: "no" });
  expect(workspace.host.tools().map(({ name }) => name)).toEqual(["neighbour"]);
  expect(workspace.processes()).toEqual(before);
  await workspace.load(path, { id: "edited" });
  expect(await workspace.ask("good")).toBe("good");
});
