import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

describe("sub-agent", () => {
  test("asks all helpers, each without the conversation, and one that fails costs the others nothing", async () => {
    const systems: string[] = [];
    await using place = await openAgent({
      script: ({ system, prompt, results }) => {
        if (!system.startsWith("Answer the question")) {
          if (results.length > 0) return { text: "done" };
          return { toolCalls: [{ tool: "ask_helpers", input: { tasks: ["one", "fail", "two"] } }] };
        }
        systems.push(system);
        return prompt === "fail" ? { error: { status: 400, message: "no" } } : { text: `answer to ${prompt}` };
      },
    });
    await place.agent.host.load(HERE, { id: "sub-agent" });
    expect(await place.agent.prompt("go")).toMatchObject({ stopReason: "end", text: "done" });
    expect(place.results[0]?.text).toMatch(/^1\. answer to one\n\n2\. failed: [^]*\n\n3\. answer to two$/);
    expect(systems).toHaveLength(3);
    expect(place.told("tool_execution_update")).toHaveLength(3);
  });

  test("is held to its budget", async () => {
    await using place = await openAgent({ modelBudgetTokens: 1, script: () => ({ text: "dear" }) });
    await place.agent.host.load(HERE, { id: "sub-agent" });
    await place.ask("ask_helpers", { tasks: ["first"] });
    expect(await place.ask("ask_helpers", { tasks: ["second"] })).toMatch(/failed: .*has used \d+ tokens/);
  });
});
