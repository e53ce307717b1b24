import { symlinkSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { errorOf, openWorkspace } from "../../host/test/support/workspace.ts";
import { CODING_TOOLS, toolsOpener } from "./support/tools.ts";

const open = toolsOpener();
const ALL = ["read", "write", "edit", "bash", "grep", "find", "ls"];

const OWN_BASH = `
  export default (api) => {
    api.registerTool({
      name: "bash", description: "in a container", parameters: { type: "object" },
      execute: () => ({ content: [{ type: "text", text: "contained" }] }),
    });
  };
`;

function offered(workspace: Awaited<ReturnType<typeof open>>): string[] {
  return workspace.host.tools().flatMap(({ name, extensionId }) => (extensionId === "neighbour" ? [] : [name]));
}

test("the package offers all its tools", async () => {
  await using workspace = await open();
  expect(offered(workspace)).toEqual(ALL);
});

test("it loads from node_modules, as once published", async () => {
  await using workspace = await openWorkspace();
  const installed = join(workspace.directory, "node_modules", "tau-coding-tools");
  mkdirSync(dirname(installed), { recursive: true });
  symlinkSync(CODING_TOOLS, installed);
  await workspace.load("node_modules/tau-coding-tools");
  expect(offered(workspace)).toEqual(ALL);
});

test("`tools` chooses", async () => {
  await using workspace = await open({}, { config: { tools: ["grep", "read"] } });
  expect(offered(workspace)).toEqual(["read", "grep"]);
});

test("`except` leaves a name to an extension of the user's, and takes names it does not have", async () => {
  await using workspace = await open({}, { config: { except: ["bash", "roll_dice"] } });
  await workspace.load(workspace.write("own.mjs", OWN_BASH));
  expect(offered(workspace).toSorted()).toEqual([...ALL].sort());
  expect(await workspace.ask("bash", {})).toBe("contained");
});

test("a name that the user's extension has is refused with both owners' names", async () => {
  await using workspace = await openWorkspace();
  await workspace.load(workspace.write("own.mjs", OWN_BASH));
  const error = await errorOf(workspace.load(CODING_TOOLS));
  expect(error.message).toContain("bash");
  expect(error.message).toContain("own");
});

test.each([
  [{ tools: ["raed"] }, "Expected `tools` to name read, write, edit, bash, grep, find, ls, got `raed`."],
  [{ except: "bash" }, 'Expected `except` to be a list of names such as ["read", "grep"], got "bash".'],
])("settings that name no tool are refused: %j", async (config, message) => {
  await using workspace = await openWorkspace();
  expect((await errorOf(workspace.load(CODING_TOOLS, { config }))).message).toContain(message);
});

test("single tools can be offered by another extension", async () => {
  await using workspace = await openWorkspace();
  const source = `
    import { addLs, openWorkspace } from "${join(CODING_TOOLS, "dist/index.js")}";
    export default (api) => addLs(api, openWorkspace({ cwd: api.cwd, environment: process.env }));
  `;
  await workspace.load(workspace.write("own.mjs", source));
  expect(await workspace.ask("ls")).toContain("own.mjs");
});
