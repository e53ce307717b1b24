import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPeer, createStreamChannel } from "tau-rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, fixture, type Folder, makeFolder, type ProcessHost, sayHello, startRunner } from "./processes.ts";
import { HELLO, rejection } from "./support.ts";

let folder: Folder;
let crashes: string;

beforeAll(async () => {
  folder = await makeFolder();
  crashes = await bundle(fixture("crashes.ts"), folder.path);
});
afterAll(() => folder[Symbol.asyncDispose]());

/** `file:line:column` of the first place in a fixture that holds this text. */
async function placeOf(source: string, text: string): Promise<string> {
  const lines = (await readFile(source, "utf8")).split("\n");
  const line = lines.findIndex((each) => each.includes(text));
  return `${source}:${line + 1}:${(lines[line] ?? "").indexOf(text) + 1}`;
}

/** A bundle of this CommonJS text. */
async function writeBundle(name: string, text: string): Promise<string> {
  const file = join(folder.path, name);
  await writeFile(file, text);
  return file;
}

describe("the channel on fd 3", () => {
  test("prints go to the logs and never to the channel", async () => {
    await using extension = startRunner(crashes);
    const host = await sayHello(extension);
    expect(await host.call("noise")).toBe("said a lot");
    host.peer.close();
    expect(await extension.exited).toEqual({ code: 0, signal: null });
    const noise = Array.from({ length: 100 }, (_, n) => `noise ${n}`);
    expect(extension.output).toEqual({
      stdout: ["setup says hello", '{"jsonrpc":"2.0","id":1,"result":"not from the channel"}', ...noise, ""].join("\n"),
      stderr: "more noise\n",
    });
    expect(host.faults).toEqual([]);
  });

  test("what Node needs for a socket is loaded after setup, and before the first call", async () => {
    const file = await writeBundle(
      "sockets.cjs",
      `const hasSockets = () => String(process.moduleLoadList.includes("NativeModule net"));
      module.exports = (api) => {
        const execute = () => ({ content: [{ type: "text", text: hasSockets() }] });
        api.registerTool({ name: "sockets", description: hasSockets(), parameters: { type: "object" }, execute });
      };`,
    );
    await using extension = startRunner(file);
    const host = await sayHello(extension);
    expect(host.offer.tools?.map(({ description }) => description)).toEqual(["false"]);
    expect(await host.call("sockets")).toBe("true");
  });

  test("a setup that waits is asked meanwhile, and answers", async () => {
    const file = await writeBundle(
      "waits.cjs",
      `module.exports = () => new Promise((resolve) => process.once("SIGUSR2", resolve));`,
    );
    await using extension = startRunner(file);
    const peer: ProcessHost["peer"] = createPeer(createStreamChannel(extension));
    const said = peer.request("hello", HELLO);
    // The first may be read together with `hello`, the second can't.
    for (let round = 1; round <= 2; round++) expect(await peer.request("ping", {})).toEqual({});
    extension.process.kill("SIGUSR2");
    expect(await said).toMatchObject({ protocol: 1 });
  });

  test("name and version are those of the command line", async () => {
    await using extension = startRunner(crashes);
    const { offer } = await sayHello(extension);
    expect({ name: offer.name, version: offer.version }).toEqual({ name: "tested", version: "1.2.3" });
  });

  test("the process ends when the channel does, though it has work left", async () => {
    const busy = await writeBundle("busy.cjs", "module.exports = () => { setInterval(() => {}, 1000); };");
    await using extension = startRunner(busy);
    const host = await sayHello(extension);
    extension.writable.destroy();
    expect(await extension.exited).toEqual({ code: 0, signal: null });
    await host.closed;
  });

  test("the process ends when the channel does before hello", async () => {
    await using extension = startRunner(crashes);
    extension.writable.end();
    extension.readable.resume();
    expect(await extension.exited).toEqual({ code: 0, signal: null });
  });

  test("shutdown is answered, and then the process ends in order", async () => {
    await using extension = startRunner(crashes);
    const host = await sayHello(extension);
    expect(await host.peer.request("shutdown", { reason: "close" })).toEqual({});
    expect(await extension.exited).toEqual({ code: 0, signal: null });
    await host.closed;
  });

  test("children of the extension get neither the descriptor nor the variable", async () => {
    await using extension = startRunner(crashes);
    const host = await sayHello(extension);
    expect(await host.call("children")).toBe("3 is closed\n[]\n3 is closed\n[]\n");
  });

  for (const channel of ["fd:17", "fd:x", "socket:3", "fd:0"]) {
    test(`a channel that is not there (${channel}) ends the process with a sentence that says so`, async () => {
      await using extension = startRunner(crashes, { TAU_CHANNEL: channel });
      extension.readable.resume();
      expect(await extension.exited).toEqual({ code: 1, signal: null });
      expect(extension.output.stderr).toContain(
        `Expected the host's channel where TAU_CHANNEL says (${channel}), found none there. Start extensions through tau.`,
      );
    });
  }
});

describe("an extension that breaks", () => {
  for (const tool of ["crash", "reject"]) {
    test(`by an error nobody catches (${tool}) ends with 1 and a stack in the author's source`, async () => {
      await using extension = startRunner(crashes);
      const host = await sayHello(extension);
      const { code } = await rejection(host.call(tool));
      expect(code).toBe("channel-closed");
      expect(await extension.exited).toEqual({ code: 1, signal: null });
      const [headline, first] = extension.output.stderr.split("\n");
      expect([headline, first?.trim()]).toEqual([
        "Uncaught Error: broken on purpose",
        `at explode (${await placeOf(fixture("crashes.ts"), "new Error")})`.replace("at explode", expectedFrame(tool)),
      ]);
    });
  }

  test("by throwing in a tool tells the host the place in the author's source", async () => {
    await using extension = startRunner(crashes);
    const host = await sayHello(extension);
    const { code, message, remoteStack } = await rejection(host.call("throw"));
    const [headline, first] = remoteStack?.split("\n") ?? [];
    expect({ code, message, headline, first: first?.trim() }).toEqual({
      code: "tool-failed",
      message: "broken on purpose",
      headline: "Error: broken on purpose",
      first: `at explode (${await placeOf(fixture("crashes.ts"), "new Error")})`,
    });
  });

  test("by exiting ends with its own status", async () => {
    await using extension = startRunner(crashes);
    const host = await sayHello(extension);
    expect((await rejection(host.call("exit"))).code).toBe("channel-closed");
    expect(await extension.exited).toEqual({ code: 9, signal: null });
  });

  test("without a map names the bundle's own lines", async () => {
    const bare = await writeBundle("bare.cjs", 'module.exports = () => {\n  throw new Error("no map");\n};\n');
    await using extension = startRunner(bare);
    const { code, remoteStack } = await rejection(sayHello(extension));
    expect(code).toBe("setup-failed");
    expect(remoteStack).toContain(`${bare}:2:9`);
  });

  test("before its map is written waits for it, and points into the author's source", async () => {
    const young = join(folder.path, "young.ts");
    // It has its map brought itself: it waits for half a second only, for which nobody else may be there in time.
    const source = [
      'import { spawn } from "node:child_process";',
      "export default () => {",
      '  spawn("sh", ["-c", `sleep 0.05; mv "$MAP" "$LATE_MAP"`], { stdio: "ignore" });',
      '  throw new Error("at once");',
      "};",
      "",
    ].join("\n");
    await writeFile(young, source);
    const file = await bundle(young, folder.path);
    const late = await writeBundle("late.cjs", await readFile(file, "utf8"));
    const maps = { MAP: `${file}.map`, LATE_MAP: `${late}.map` };
    await using extension = startRunner(late, { TAU_CHANNEL: "fd:3", ...maps });
    expect((await rejection(sayHello(extension))).remoteStack).toContain(`${young}:4:9`);
  });

  test("with a broken map names the bundle's own lines", async () => {
    const bare = await writeBundle("broken-map.cjs", 'module.exports = () => {\n  throw new Error("bad map");\n};\n');
    await writeBundle("broken-map.cjs.map", "{");
    await using extension = startRunner(bare);
    expect((await rejection(sayHello(extension))).remoteStack).toContain(`${bare}:2:9`);
  });

  test("an ES module in a folder with an odd name is mapped as well", async () => {
    const odd = join(folder.path, "odd é %20 $& name");
    await mkdir(odd);
    const source = join(odd, "source.ts");
    await writeFile(
      source,
      '// one line\nawait Promise.resolve();\nexport default () => {\n  throw new Error("mapped");\n};\n',
    );
    await using extension = startRunner(await bundle(source, odd, "esm"));
    const { remoteStack } = await rejection(sayHello(extension));
    expect(remoteStack).toContain(`${source}:4:9`);
  });
});

describe("the default export", () => {
  const text = "(api) => api.registerCommand({ name: 'here', description: 'here', execute() {} })";
  const bundles: Record<string, [name: string, text: string]> = {
    "of CommonJS": ["plain.cjs", `module.exports = ${text};`],
    "of CommonJS that was ES": ["was-es.cjs", `exports.__esModule = true; exports.default = ${text};`],
    "of an ES module": ["plain.mjs", `export default ${text};`],
    "of CommonJS inside an ES module": ["inside.mjs", `export default { default: ${text} };`],
  };
  for (const [name, [file, source]] of Object.entries(bundles)) {
    test(`${name} is found`, async () => {
      await using extension = startRunner(await writeBundle(file, source));
      const { offer } = await sayHello(extension);
      expect(offer.commands).toEqual([{ name: "here", description: "here" }]);
    });
  }

  const missing: Record<string, [name: string, text: string, got: string]> = {
    "that is not there (CommonJS)": ["none.cjs", "", "none"],
    "that is not there (ES module)": ["none.mjs", "export const setup = 1;", "none"],
    "that is a text": ["text.mjs", 'export default "setup";', "none"],
  };
  for (const [name, [file, source, got]] of Object.entries(missing)) {
    test(`${name} is a failed setup with the way out`, async () => {
      await using extension = startRunner(await writeBundle(file, source));
      expect(await rejection(sayHello(extension))).toMatchObject({
        code: "setup-failed",
        executed: "no",
        message: `Expected tested to have a default export \`setup(api)\`, got ${got}. Write \`export default function setup(api) { … }\`.`,
      });
    });
  }

  test("of a bundle that throws while it is loaded is a failed setup", async () => {
    await using extension = startRunner(await writeBundle("throws.cjs", 'throw new Error("at the top");'));
    expect(await rejection(sayHello(extension))).toMatchObject({ code: "setup-failed", message: "at the top" });
  });

  test("of a bundle that is gone is a failed setup", async () => {
    const file = await writeBundle("gone.cjs", "");
    await rename(file, `${file}.moved`);
    await using extension = startRunner(file);
    expect(await rejection(sayHello(extension))).toMatchObject({ code: "setup-failed" });
  });
});

/** How V8 names `explode` where each tool calls it from. */
function expectedFrame(tool: string): string {
  return tool === "crash" ? "at Immediate.explode" : "at explode";
}
