import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { expect, test } from "vitest";
import { bundle, fixture, makeFolder, sayHello, startCommand } from "./processes.ts";

const RUNNER = createRequire(import.meta.url).resolve("tau-ext/runner");
const CODE = join(dirname(RUNNER), "runner");

async function codeFile(): Promise<string> {
  const [name = "none"] = (await readdir(CODE)).filter((each) => each.endsWith(".js"));
  return join(CODE, name);
}

test("V8 takes back what it made of the runner's code when tau was built", async () => {
  const file = await codeFile();
  const script = new Script(await readFile(file, "utf8"), { cachedData: await readFile(`${file}.v8`) });
  expect(script.cachedDataRejected).toBe(false);
});

test("beside the runner lie its code and what V8 made of it, and nothing else", async () => {
  const file = await codeFile();
  expect((await readdir(CODE)).map((name) => join(CODE, name)).sort()).toEqual([file, `${file}.v8`]);
});

test("an extension runs where V8 refuses that, as one with other flags does", async () => {
  await using folder = await makeFolder();
  const built = await bundle(fixture("crashes.ts"), folder.path);
  const flags = ["--stack-size=900", "--no-opt"];
  await using extension = startCommand([process.execPath, ...flags, RUNNER, built, "tested", "1.2.3"], "fd 3");
  const host = await sayHello(extension);
  expect(await host.call("noise")).toBe("said a lot");
});
