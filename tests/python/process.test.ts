import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { makeFolder, type ProcessHost, sayHello } from "../../packages/ext/test/processes.ts";
import { isAlive } from "../../packages/host/test/support/processes.ts";
import { missingPython, startPython } from "./python.ts";

const FIXTURE = fileURLToPath(new URL("fixtures/misbehaves.py", import.meta.url));

if (missingPython !== undefined) console.warn(missingPython);

/** Calls a tool and resolves when it says that it works. */
function untilProgress({ peer }: ProcessHost, tool: string): Promise<void> {
  return new Promise((resolve) => {
    // It never ends by itself.
    peer.request("tool/execute", { tool, arguments: {} }, { onProgress: () => resolve() }).catch(() => undefined);
  });
}

for (const channel of ["fd 3", "pipes", "stdio"] as const) {
  describe.skipIf(missingPython !== undefined)(`a Python extension on ${channel}`, () => {
    test("prints where it likes, and none of it reaches the channel (T-2, T-3, T-5)", async () => {
      await using extension = startPython([FIXTURE], channel);
      const host = await sayHello(extension);
      expect(await host.call("shout")).toBe("'' None");
      expect(host.faults).toEqual([]);
      extension.writable.end();
      await extension.exited;
      const printed = extension.output.stdout + extension.output.stderr;
      const all = ["from print", "without a newline", "from the descriptor", "from C", "from a child"];
      expect(all.filter((text) => !printed.includes(text))).toEqual([]);
    });

    for (const tool of ["spin", "sleep"]) {
      test(`ends with its channel although its tool ${tool}s (T-7)`, async () => {
        await using extension = startPython([FIXTURE], channel);
        await untilProgress(await sayHello(extension), tool);
        extension.writable.end();
        expect(await extension.exited).toEqual({ code: 0, signal: null });
      });
    }

    test("answers a ping while a plain function blocks, and none while the loop does (L-1, L-2)", async () => {
      await using extension = startPython([FIXTURE], channel);
      const host = await sayHello(extension);
      await untilProgress(host, "sleep");
      expect(await host.peer.request("ping", {})).toEqual({});
      await untilProgress(host, "spin");
      await expect(host.peer.request("ping", {}, { timeoutMs: 200 })).rejects.toMatchObject({ code: "timed-out" });
    });

    test("answers at once and hears timers, threads and processes, whatever comes after what", async () => {
      await using extension = startPython([FIXTURE], channel);
      const host = await sayHello(extension);
      const kinds = ["nothing", "timer", "nothing", "thread", "nothing", "process"];
      for (const what of [...kinds, ...kinds]) expect(await host.call("wait_for", { what })).toBe(what);
      const together = Array.from({ length: 10 }, () => kinds).flat();
      expect(await Promise.all(together.map((what) => host.call("wait_for", { what })))).toEqual(together);
      expect(host.faults).toEqual([]);
    });

    test("ends its channel before what it has promised to do at its end", async () => {
      await using folder = await makeFolder();
      const path = join(folder.path, "now");
      await using extension = startPython([FIXTURE], channel);
      const host = await sayHello(extension);
      await host.call("linger", { path });
      await host.peer.request("shutdown", { reason: "close" });
      await host.closed;
      expect(extension.process.exitCode).toBeNull();
      writeFileSync(path, "");
      expect(await extension.exited).toEqual({ code: 0, signal: null });
    });

    test("does not leave its channel to a forked child", async () => {
      await using extension = startPython([FIXTURE], channel);
      const host = await sayHello(extension);
      const child = Number(await host.call("fork"));
      try {
        extension.process.kill("SIGKILL");
        await host.closed;
        expect(isAlive(child)).toBe(true);
      } finally {
        process.kill(child, "SIGKILL");
      }
    });

    test("says on stderr in which line native code crashed", async () => {
      await using extension = startPython([FIXTURE], channel);
      const host = await sayHello(extension);
      await expect(host.peer.request("tool/execute", { tool: "end", arguments: { how: "segfault" } })).rejects.toThrow(
        "closed",
      );
      expect((await extension.exited).signal).toBe("SIGSEGV");
      expect(extension.output.stderr).toMatch(/misbehaves\.py", line \d+ in end/);
    });
  });
}

describe.skipIf(missingPython !== undefined)("the channel that the environment names", () => {
  test.each(["fd:9", "fd:0,9", "fd:9,1"])("ends the process where it is not there: %s (T-6)", async (named) => {
    await using extension = startPython(
      ["-c", `import os; os.environ["TAU_CHANNEL"] = "${named}"; exec(open(${JSON.stringify(FIXTURE)}).read())`],
      "stdio",
    );
    expect((await extension.exited).code).toBe(1);
    expect(extension.output.stderr).toContain(`Expected the host's channel where TAU_CHANNEL says (${named})`);
  });
});
