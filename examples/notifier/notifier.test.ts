import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Resolves when the file holds so many lines. */
function lines(path: string, directory: string, count: number): Promise<string[]> {
  return new Promise((resolve) => {
    const look = (): void => {
      const text = (() => {
        try {
          return readFileSync(path, "utf8");
        } catch {
          return "";
        }
      })();
      const all = text.split("\n").slice(0, -1);
      if (all.length < count) return;
      watcher.close();
      resolve(all);
    };
    const watcher = watch(directory, look);
    look();
  });
}

describe("notifier", () => {
  test("tells of the end, and of questions, with the program that the flag names", async () => {
    // The folder is known only when the agent is there; flags are given before.
    const folder = mkdtempSync(join(tmpdir(), "tau-notifier-"));
    const program = join(folder, "notify.sh");
    await using place = await openAgent({ flags: { "notify-with": program }, user: { confirm: async () => true } });
    const log = `${place.directory}/log`;
    writeFileSync(program, `#!/bin/sh\nprintf '%s|%s\\n' "$1" "$2" >> '${log}'\n`, { mode: 0o700 });
    try {
      await place.load("asker", `tool("ask", (_: any, { ui }: any) => ui.confirm("Really?"));`);
      await place.agent.host.load(HERE, { id: "notifier", config: { afterSeconds: 0 } });
      await place.agent.prompt("use ask");
      expect((await lines(log, place.directory, 2)).sort()).toEqual(["Done|use ask", "asker asks|Really?"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
