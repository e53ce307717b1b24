import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createHost } from "tau-host";
import { expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const tau = join(root, "packages/cli/dist/bin.js");

/** A folder outside the repository, with nothing in it but the README's first extension. */
async function typeFirstExtension(): Promise<AsyncDisposable & { directory: string; cacheHome: string }> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const source = /```ts\n(import \{ ToolResult[\s\S]*?)```/.exec(readme)?.[1];
  if (source === undefined) throw new Error("The README has no first extension.");
  const directory = await mkdtemp(join(tmpdir(), "tau-readme-"));
  const cacheHome = await mkdtemp(join(tmpdir(), "tau-readme-home-"));
  await writeFile(join(directory, "dice.ts"), source);
  return {
    directory,
    cacheHome,
    [Symbol.asyncDispose]: async () => {
      await rm(directory, { recursive: true });
      await rm(cacheHome, { recursive: true });
    },
  };
}

test("the README's first extension, in an empty folder, answers the README's commands", async () => {
  await using folder = await typeFirstExtension();
  const options = { cwd: folder.directory, env: { ...process.env, TAU_HOME: folder.cacheHome } };

  const listed = await run(process.execPath, [tau, "tools", "-e", "./dice.ts"], options);
  expect(listed.stdout).toContain("roll_dice");

  const called = await run(process.execPath, [tau, "call", "roll_dice", '{"count": 3}', "-e", "./dice.ts"], options);
  expect(called.stdout).toMatch(/^[1-6] [1-6] [1-6]\n$/);
});

test("the README's lines for embedders do what the README says", async () => {
  await using folder = await typeFirstExtension();
  await using host = await createHost({ cwd: folder.directory, cacheDir: folder.cacheHome });
  const extension = await host.load("./dice.ts");
  expect(host.tools()).toMatchObject([{ name: "roll_dice", extensionId: "dice" }]);

  const partials: unknown[] = [];
  const result = await host.call("roll_dice", { count: 3 }, { onProgress: (partial) => partials.push(partial) });
  expect(result.content).toMatchObject([{ type: "text" }]);
  expect(partials).toEqual([{ content: [{ type: "text", text: "rolling 3" }] }]);

  const reloaded = await host.reload(extension.id);
  expect(reloaded.generation).toBe(2);
});
