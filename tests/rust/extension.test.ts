import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost, type Host, isTauError, type TauError, type ToolResult } from "tau-host";
import { afterAll, describe, expect, test } from "vitest";
import { missingRust } from "./rust.ts";

if (missingRust !== undefined) console.warn(missingRust);

/** One cache for all: what the crates need is compiled once. */
const cacheDir = mkdtempSync(join(tmpdir(), "tau-rust-"));
const folder = join(cacheDir, "sources");
mkdirSync(folder);
afterAll(() => rmSync(cacheDir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function openHost(): Promise<Host> {
  return createHost({
    cacheDir,
    cwd: folder,
    stateDir: join(cacheDir, "state"),
    startTimeoutMs: 300_000,
    maxCrashes: 1,
  });
}

function textOf({ content }: ToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** Reads the log from here on, each time up to the next line that ends so. */
function readLog(host: Host): (end: string) => Promise<string> {
  const lines: string[] = [];
  let wake = (): void => {};
  host.on("log", ({ text }) => {
    lines.push(text);
    wake();
  });
  return async (end) => {
    let index: number;
    while ((index = lines.findIndex((line) => line.endsWith(end))) === -1)
      await new Promise<void>((resolve) => (wake = resolve));
    return lines.splice(0, index + 1).join("\n");
  };
}

async function failureOf(promise: Promise<unknown>): Promise<TauError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTauError(error)) throw new Error(`Expected a TauError, got ${String(error)}.`);
  return error;
}

/** What a first extension looks like, with a crate of its own. */
function webSearch(format: string): string {
  return `#!/usr/bin/env -S tau call web_search -e
---
[dependencies]
reqwest = { version = "0.12", default-features = false }
---
use tau_ext::prelude::*;

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) {
    let schema = json!({ "type": "object", "properties": { "query": {} }, "required": ["query"] });
    let base = api.config()["endpoint"].as_str().unwrap_or_default().to_owned();
    api.register_tool("web_search", "Search the web", schema, move |params| {
        let query = params["query"].as_str().map_or_else(|| params["query"].to_string(), str::to_owned);
        let url = format!("{base}/?q={query}");
        async move {
            let resp = reqwest::get(&url).await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(ToolResult::text(format!("${format}", resp.text().await?)))
        }
    });
}
`;
}

/** A tool that answers a text, and ways to end. */
function voice(text: string): string {
  return `
use tau_ext::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) {
    api.tool("say", "Says it", |_: Nothing, _| async move { Ok(ToolResult::text("${text}")) });
    api.tool("panic", "Panics", |_: Nothing, _| async move { panic!("on purpose") });
    api.tool("abort", "Aborts", |_: Nothing, _| async move { std::process::abort() });
    api.tool("overflow", "Overflows its stack", |_: Nothing, _| async move { Ok(ToolResult::text(deep(1).to_string())) });
    api.tool("print", "Prints", |_: Nothing, _| async move {
        println!("printed by Rust");
        std::process::Command::new("echo").arg("printed by a child").status()?;
        Ok(ToolResult::text("printed"))
    });
}

#[allow(unconditional_recursion)]
#[inline(never)]
fn deep(depth: u64) -> u64 {
    std::hint::black_box([depth; 64]);
    deep(depth + 1) + 1
}
`;
}

/** One that takes the compiler a while: it has much to compute. */
function slow(text: string): string {
  const functions = Array.from(
    { length: 400 },
    (_, n) => `fn f${n}(x: &str) -> String { format!("{x}-{}-{:?}", ${n}, [x; 3]) }`,
  );
  const calls = Array.from({ length: 400 }, (_, n) => `all.push(f${n}("${text}"));`).join("\n");
  return `${voice(text)}\n#[allow(dead_code)]\nfn all() -> Vec<String> { let mut all = vec![];\n${calls}\nall }\n${functions.join("\n")}`;
}

/** Process ids of the compilers at work on a crate. */
function compilersOf(crate: string): string[] {
  const { stdout } = spawnSync("pgrep", ["-f", `rustc --crate-name ${crate}`], { encoding: "utf8" });
  return stdout.trim().split("\n").filter(Boolean);
}

describe.skipIf(missingRust !== undefined)("a single .rs file", { timeout: 400_000 }, () => {
  test("is an extension, with crates of its own, that asks the network and waits, and is edited under load", async () => {
    const server = createServer((request, response) => response.end(`found ${request.url}`)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const path = write("web_search.rs", webSearch("{}"));
    try {
      await using host = await openHost();
      const notes: string[] = [];
      host.on("log", ({ text }) => notes.push(text));
      const { id } = await host.load(path, { config: { endpoint: `http://127.0.0.1:${port}` } });
      expect(textOf(await host.call("web_search", { query: "tau" }))).toBe("found /?q=tau");
      expect(notes.join("\n")).toMatch(/compiling \S+ \(\d+ of \d+\)/);

      const answers: Promise<ToolResult>[] = [];
      const timer = setInterval(() => answers.push(host.call("web_search", { query: answers.length })), 5);
      write("web_search.rs", webSearch("edited: {}"));
      await host.reload(id);
      clearInterval(timer);
      const texts = (await Promise.all(answers)).map(textOf);
      expect(texts.length).toBeGreaterThan(10);
      texts.forEach((text, n) => expect([`found /?q=${n}`, `edited: found /?q=${n}`]).toContain(text));
      expect(textOf(await host.call("web_search", { query: "tau" }))).toBe("edited: found /?q=tau");
    } finally {
      server.close();
    }
  });

  test("starts from the cache when nothing has changed", async () => {
    const path = write("voice.rs", voice("hello"));
    {
      await using host = await openHost();
      await host.load(path);
    }
    // Without a Cargo that could build it.
    await using host = await createHost({ cacheDir, cwd: folder, environment: { PATH: "/nowhere" } });
    const { id } = await host.load(path);
    expect(id).toBe("voice");
    expect(textOf(await host.call("say"))).toBe("hello");
  });

  test("is compiled and swapped under load, and no call is lost", async () => {
    const path = write("voice.rs", voice("before"));
    await using host = await openHost();
    const { id } = await host.load(path);
    const answers: Promise<ToolResult>[] = [];
    const timer = setInterval(() => answers.push(host.call("say")), 2);
    write("voice.rs", voice("after"));
    await host.reload(id);
    clearInterval(timer);
    const texts = (await Promise.all(answers)).map(textOf);
    expect(texts.length).toBeGreaterThan(10);
    expect(new Set(texts).size).toBeLessThanOrEqual(2);
    expect(textOf(await host.call("say"))).toBe("after");
  });

  test("that is saved again while it is compiled is not compiled to its end", async () => {
    const path = write("slow.rs", slow("first"));
    await using host = await openHost();
    const { id } = await host.load(path);
    using _watching = { [Symbol.dispose]: host.watch() };
    const compiling = (): string[] => compilersOf("slow");
    write("slow.rs", slow("second"));
    await expect.poll(compiling, { interval: 5, timeout: 30_000 }).not.toEqual([]);
    const [before] = compiling();
    write("slow.rs", slow("third"));
    await expect.poll(() => compiling().includes(before as string), { interval: 5, timeout: 30_000 }).toBe(false);
    // Ended, and not waited for: what it would have made was never there.
    expect(host.extensions().find((extension) => extension.id === id)?.generation).toBe(1);
    await expect.poll(async () => textOf(await host.call("say")), { timeout: 60_000 }).toBe("third");
    expect(host.extensions().find((extension) => extension.id === id)?.generation).toBe(2);
  });

  test("that does not compile is told in the compiler's words with the file's own place, and the old version serves", async () => {
    const path = write("voice.rs", voice("whole"));
    await using host = await openHost();
    const { id } = await host.load(path);
    write("voice.rs", `---\n[dependencies]\n---\n${voice("whole").replace("deep(1).to_string()", "deep(nobody)")}`);
    const { code, diagnostics = [] } = await failureOf(host.reload(id));
    expect(code).toBe("build-failed");
    const line =
      readFileSync(path, "utf8")
        .split("\n")
        .findIndex((text) => text.includes("deep(nobody)")) + 1;
    expect(diagnostics[0]).toMatchObject({ file: path, line, message: expect.stringContaining("E0425") as string });
    expect(textOf(await host.call("say"))).toBe("whole");
  });

  test.each([
    ["no TOML", "---\n[dependencies\n---\n", 2],
    ["without an end", "---\n[dependencies]\n", 1],
  ])("with a manifest that is %s is told where", async (_, text, line) => {
    const path = write("broken.rs", text);
    await using host = await openHost();
    const { diagnostics = [] } = await failureOf(host.load(path));
    expect(diagnostics[0]).toMatchObject({ file: path, line });
  });

  test("says what is missing where there is no Cargo", async () => {
    const path = write("lonely.rs", voice("lonely"));
    await using host = await createHost({ cacheDir, cwd: folder, environment: { PATH: "/nowhere" } });
    const { code, message } = await failureOf(host.load(path));
    expect({ code, message }).toEqual({
      code: "command-not-found",
      message: expect.stringContaining("https://rustup.rs") as string,
    });
  });

  test("of the examples rolls dice, shows its progress, and has a gate", async () => {
    await using host = await openHost();
    const progress: string[] = [];
    await host.load(fileURLToPath(new URL("../../examples/rust-dice/dice.rs", import.meta.url)));
    const onProgress = (partial: ToolResult): void => void progress.push(textOf(partial));
    const { details } = await host.call("roll_dice", { count: 3 }, { onProgress });
    expect(details).toEqual({ rolls: [expect.any(Number), expect.any(Number), expect.any(Number)] });
    expect(progress).toEqual(["rolling 1 of 3", "rolling 2 of 3", "rolling 3 of 3"]);
    const call = { callId: "1", tool: "roll_dice", input: { count: 13 }, caller: "model" };
    expect(await host.decide("tool_call", call)).toMatchObject({
      action: "block",
      reason: "thirteen dice bring bad luck",
    });
    expect((await failureOf(host.call("roll_dice", { count: 21 }))).code).toBe("invalid-arguments");
  });

  test("fails alone: a panic fails its call with the place, and the extension goes on", async () => {
    const path = write("voice.rs", voice("alive"));
    await using host = await openHost();
    await host.load(path);
    const { code, message } = await failureOf(host.call("panic"));
    expect({ code, message }).toEqual({
      code: "tool-failed",
      message: expect.stringMatching(/panicked at voice\.rs:\d+:\d+: on purpose/) as string,
    });
    expect(textOf(await host.call("say"))).toBe("alive");
  });

  test.each([
    ["abort", /SIGABRT/],
    ["overflow", /overflowed its stack/],
  ])("that ends by %s is reported with its last words", async (tool, words) => {
    const path = write("voice.rs", voice("alive"));
    await using host = await openHost();
    await host.load(path);
    const error = await failureOf(host.call(tool));
    expect(error.code).toBe("extension-crashed");
    expect(`${error.message} ${error.stderrTail?.join("\n")}`).toMatch(words);
  });

  test("prints into the log, as its children do", async () => {
    const path = write("voice.rs", voice("alive"));
    await using host = await openHost();
    const { id } = await host.load(path);
    expect(textOf(await host.call("print"))).toBe("printed");
    await expect
      .poll(() => host.logs(id).map(({ text }) => text), { timeout: 10_000 })
      .toEqual(expect.arrayContaining(["printed by Rust", "printed by a child"]));
  });

  test("tells the line of a loop whatever instruction of it is next", async () => {
    // The print is in the loop's line: its words can be here before it has returned to the loop.
    const path = write(
      "spin.rs",
      `use tau_ext::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) {
    api.tool("spin", "spin", |_: Nothing, _| async move {
        eprintln!("spinning"); loop { std::hint::black_box(0); }
    });
}
`,
    );
    await using host = await openHost();
    const { id } = await host.load(path);
    const until = readLog(host);
    const spinning = host.call("spin").catch(() => undefined);
    await until("spinning");
    const { pid = 0 } = host.extensions().find((each) => each.id === id) ?? {};
    for (let n = 0; n < 60; n++) {
      process.kill(pid, "SIGUSR1");
      expect(await until("::main")).toMatch(/spin\.rs:9 in .*setup/);
    }
    await host.close();
    await spinning;
  });
});

describe.skipIf(missingRust !== undefined)("a Cargo project", { timeout: 400_000 }, () => {
  test("is an extension, and what it is made of is watched", async () => {
    const sdk = fileURLToPath(new URL("../../packages/host/dist/rust-sdk/tau-ext", import.meta.url));
    const lock = new URL("../../rust/Cargo.lock", import.meta.url);
    // As in a single file, so that the crates are compiled already.
    const manifest = `
[package]
name = "project"
edition = "2024"
[dependencies]
tau-ext = { path = "${sdk}" }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
schemars = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread", "sync", "time", "net", "io-util", "fs", "process"] }
[profile.dev]
debug = "line-tables-only"
package."*".opt-level = 1
[workspace]
`;
    write("project/Cargo.toml", manifest);
    write("project/Cargo.lock", readFileSync(lock, "utf8"));
    write("project/src/words.rs", 'pub const WORD: &str = "first";');
    write("project/src/main.rs", `mod words;\n${voice("unused").replace('"unused"', "words::WORD")}`);
    await using host = await openHost();
    const { id } = await host.load(join(folder, "project"));
    expect(textOf(await host.call("say"))).toBe("first");
    host.watch();
    const reloaded = new Promise<void>((resolve) => {
      host.on("extension", ({ reason }) => void (reason === "reloaded" && resolve()));
    });
    write("project/src/words.rs", 'pub const WORD: &str = "second";');
    await reloaded;
    expect(textOf(await host.call("say"))).toBe("second");
    expect(id).toBe("project");
  });
});

test.skipIf(missingRust !== undefined)(
  "the crate's own tests pass, and its code is formatted",
  { timeout: 400_000 },
  () => {
    const cwd = new URL("../../rust/", import.meta.url).pathname;
    const ran = spawnSync("cargo", ["test", "--quiet", "--locked", "--lib"], { cwd, encoding: "utf8" });
    expect(ran.stdout).toMatch(/\b10 passed; 0 failed/);
    expect(ran.status, ran.stderr).toBe(0);
  },
);
