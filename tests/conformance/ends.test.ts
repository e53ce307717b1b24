import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, isTauError, type TauError } from "tau-host";
import { afterAll, describe, expect, test } from "vitest";
import { missingPython } from "../python/python.ts";
import { missingRust } from "../rust/rust.ts";

const folder = mkdtempSync(join(tmpdir(), "tau-ends-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TYPESCRIPT = `import { type ExtensionApi, ToolResult } from "tau-ext";

const parameters = { type: "object", properties: {} } as const;

function deep(depth: number): number {
  return deep(depth + 1) + 1;
}

export default function setup(api: ExtensionApi): void {
  const tool = (name: string, execute: () => ToolResult | Promise<ToolResult>): void =>
    void api.registerTool({ name, description: name, parameters, execute });
  tool("fail", () => {
    throw new TypeError("on purpose");
  });
  tool("uncaught", () => {
    setTimeout(() => {
      throw new TypeError("on purpose");
    });
    return new Promise(() => {});
  });
  tool("abort", () => process.abort());
  tool("kill", () => {
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => {});
  });
  tool("overflow", () => ToolResult.text(String(deep(1))));
  tool("loop", () => {
    for (;;);
  });
}
`;

const PYTHON = `import asyncio, os, signal, threading
from tau_ext import ExtensionApi


def deep(depth: int) -> int:
    return deep(depth + 1) + 1


async def setup(api: ExtensionApi) -> None:
    @api.tool(description="fail")
    async def fail() -> str:
        raise TypeError("on purpose")

    @api.tool(description="uncaught")
    async def uncaught() -> str:
        def burst() -> None:
            raise TypeError("on purpose")

        threading.Thread(target=burst).start()
        return "the thread is on its own"

    @api.tool(description="abort")
    async def abort() -> str:
        os.abort()

    @api.tool(description="kill")
    async def kill() -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return "never"

    @api.tool(description="overflow")
    async def overflow() -> str:
        return str(deep(1))

    @api.tool(description="loop")
    async def loop() -> str:
        while True:
            pass
`;

const RUST = `use tau_ext::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[allow(unconditional_recursion)]
#[inline(never)]
fn deep(depth: u64) -> u64 {
    std::hint::black_box([depth; 64]);
    deep(depth + 1) + 1
}

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) {
    api.tool("fail", "fail", |_: Nothing, _| async move { panic!("on purpose") });
    api.tool("uncaught", "uncaught", |_: Nothing, _| async move {
        std::thread::spawn(|| panic!("on purpose")).join().ok();
        Ok(ToolResult::text("the thread is on its own"))
    });
    api.tool("abort", "abort", |_: Nothing, _| async move { std::process::abort() });
    api.tool("kill", "kill", |_: Nothing, _| async move {
        std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status()?;
        std::future::pending().await
    });
    api.tool("overflow", "overflow", |_: Nothing, _| async move { Ok(ToolResult::text(deep(1).to_string())) });
    api.tool("loop", "loop", |_: Nothing, _| async move { loop { std::hint::black_box(0); } });
}
`;

interface Language {
  name: string;
  missing: string | undefined;
  file: string;
  source: string;
  /** What is told of each end: the error's code, and text of its message, stack, last output or the log. */
  ends: Record<"fail" | "abort" | "kill" | "overflow" | "loop", [code: string, told: RegExp]>;
  /** Where no call hears of it, the log does. */
  uncaught: RegExp;
}

const LANGUAGES: Language[] = [
  {
    name: "TypeScript",
    missing: undefined,
    file: "ends.ts",
    source: TYPESCRIPT,
    ends: {
      fail: ["tool-failed", /TypeError: on purpose[^]*ends\.ts:13:/],
      abort: ["extension-crashed", /SIGABRT[^]*process\.abort\(\) was called[^]*ends\.ts:21:/],
      kill: ["extension-crashed", /SIGKILL/],
      overflow: ["tool-failed", /Maximum call stack size exceeded[^]*ends\.ts:6:/],
      loop: ["extension-killed", /event loop is blocked[^]*ends\.ts:28/],
    },
    uncaught: /TypeError: on purpose[^]*ends\.ts:17:/,
  },
  {
    name: "Python",
    missing: missingPython,
    file: "ends.py",
    source: PYTHON,
    ends: {
      fail: ["tool-failed", /TypeError: on purpose[^]*ends\.py", line 12|ends\.py", line 12[^]*TypeError: on purpose/],
      abort: ["extension-crashed", /SIGABRT[^]*Fatal Python error: Aborted[^]*ends\.py", line 24 in abort/],
      kill: ["extension-crashed", /SIGKILL/],
      overflow: ["tool-failed", /RecursionError: maximum recursion[^]*ends\.py", line 6, in deep/],
      loop: ["extension-killed", /ended after 2 s[^]*ends\.py", line 3[78] in loop/],
    },
    uncaught: /ends\.py", line 17[^]*TypeError: on purpose/,
  },
  {
    name: "Rust",
    missing: missingRust,
    file: "ends.rs",
    source: RUST,
    ends: {
      fail: ["tool-failed", /panicked at ends\.rs:15:\d+: on purpose/],
      abort: ["extension-crashed", /SIGABRT[^]*Aborted in thread[^]*ends\.rs:20 in /],
      kill: ["extension-crashed", /SIGKILL/],
      overflow: ["extension-crashed", /overflowed its stack[^]*ends\.rs:(?:9|10) in .*deep/],
      loop: ["timed-out", /2000 ms[^]*In thread[^]*ends\.rs:26 in /],
    },
    uncaught: /panicked at ends\.rs:17:\d+:\s*on purpose/,
  },
];

async function failureOf(promise: Promise<unknown>): Promise<TauError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTauError(error)) throw new Error(`Expected a TauError, got ${String(error)}.`);
  return error;
}

for (const { name, missing, file, source, ends, uncaught } of LANGUAGES) {
  if (missing !== undefined) console.warn(missing);
  describe.skipIf(missing !== undefined)(`an extension in ${name}`, { timeout: 400_000 }, () => {
    const open = async () => {
      const path = join(folder, file);
      writeFileSync(path, source);
      const limits = { startTimeoutMs: 300_000, maxCrashes: 1, hangTimeoutMs: 2000, cancelGraceMs: 500 };
      const host = await createHost({ cacheDir: join(folder, "cache"), stateDir: join(folder, "state"), ...limits });
      const { id } = await host.load(path);
      const told = (): string =>
        host
          .logs(id)
          .map(({ text }) => text)
          .join("\n");
      return { host, told, [Symbol.asyncDispose]: () => host.close() };
    };

    test.for(Object.entries(ends))(
      "whose tool ends by %s is told in the language's own words, with the place where there is one",
      async ([tool, [code, words]]) => {
        await using extension = await open();
        const error = await failureOf(
          extension.host.call(tool, {}, tool === "loop" && name === "Rust" ? { timeoutMs: 2000 } : {}),
        );
        const everything = (): string =>
          [error.message, error.remoteStack, ...(error.stderrTail ?? []), extension.told()].join("\n");
        expect(error.code, everything()).toBe(code);
        // What is told in the log may come after the error: of work that its deadline does not end, when it is given up.
        await expect.poll(everything, { timeout: 10_000 }).toMatch(words);
        expect(error.extensionId).toBe("ends");
      },
    );

    test("with an error that no call hears of says so in the log, with the place", async () => {
      await using extension = await open();
      await extension.host.call("uncaught").catch(() => undefined);
      await expect.poll(extension.told, { timeout: 10_000 }).toMatch(uncaught);
    });
  });
}
