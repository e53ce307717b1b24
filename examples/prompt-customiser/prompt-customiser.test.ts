import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

describe("prompt-customiser", () => {
  test("adds the instructions as they are at each message, the nearest last", async () => {
    const prompts: string[] = [];
    await using place = await openAgent({
      systemPrompt: "Be brief.",
      script: ({ system }) => {
        prompts.push(system);
        return { text: "ok" };
      },
    });
    await place.agent.host.load(HERE, { id: "prompt-customiser" });
    await place.agent.prompt("one");
    place.write("AGENTS.md", "Write tests.");
    await place.agent.prompt("two");
    place.write("TAU.md", "In French.");
    await place.agent.prompt("three");
    expect(prompts[0]).not.toContain("Write tests.");
    expect(prompts[1]).toMatch(/^Be brief\.\n\n[^]*AGENTS\.md:\n\nWrite tests\.$/);
    expect(prompts[2]).toMatch(/Write tests\.\n\nInstructions of .*TAU\.md:\n\nIn French\.$/);
  });
});
