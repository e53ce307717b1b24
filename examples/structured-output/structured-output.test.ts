import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

describe("structured-output", () => {
  test("writes an answer of the right shape, and sends one of another shape back to the model", async () => {
    const schema = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };
    const systems: string[] = [];
    const answers = [{ count: "two" }, { count: 2 }];
    await using place = await openAgent({
      flags: { "answer-to": "result.json" },
      script: ({ system }) => {
        systems.push(system);
        const input = answers.shift();
        return input === undefined ? { text: "" } : { toolCalls: [{ tool: "give_answer", input }] };
      },
    });
    await place.agent.host.load(HERE, { id: "structured-output", config: { schema } });
    expect(await place.agent.prompt("How many?")).toMatchObject({ stopReason: "end", turns: 3 });
    expect(place.results.map(({ isError }) => isError)).toEqual([true, false]);
    expect(systems[0]).toContain("calling `give_answer`");
    expect(JSON.parse(readFileSync(join(place.directory, "result.json"), "utf8"))).toEqual({ count: 2 });
    expect(place.agent.session.entries()).toContainEqual(
      expect.objectContaining({ kind: "structured-output", data: { count: 2 } }),
    );
  });
});
