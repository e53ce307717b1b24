import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

describe("custom-compaction", () => {
  test("writes the summary of what was asked and done, and the model is not asked for one", async () => {
    const systems: string[] = [];
    await using place = await openAgent({
      script: ({ system, prompt, results }) => {
        systems.push(system);
        if (prompt !== "change it" || results.length > 0) return { text: "ok" };
        return {
          toolCalls: [
            { tool: "write", input: { path: "a.txt" } },
            { tool: "bash", input: { command: "npm test" } },
          ],
        };
      },
    });
    await place.load("tools", `tool("write", () => "written"); tool("bash", () => "passed");`);
    await place.agent.host.load(HERE, { id: "custom-compaction" });
    await place.agent.prompt("change it");
    await place.agent.prompt("thanks");
    await place.agent.compact({ instructions: "the tests" });
    expect(place.messages[0]).toEqual({
      role: "summary",
      text: expect.stringMatching(
        /^The user asked:\n- change it\n[^]*Files that were changed:\n- a\.txt\nCommands that were run:\n- npm test\nTo be heeded: the tests$/,
      ) as string,
    });
    expect(systems.filter((system) => system.startsWith("You summarise"))).toEqual([]);
  });
});
