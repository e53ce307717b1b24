import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

describe("todo", () => {
  test("keeps the list over calls at the same time, a reload and a restart, and shows it", async () => {
    const widgets: (string[] | undefined)[] = [];
    const told: string[] = [];
    const user = {
      setWidget: ({ lines }: { lines?: string[] }) => void widgets.push(lines),
      notify: ({ message }: { message: string }) => void told.push(message),
    };
    await using place = await openAgent({ user });
    const { id } = await place.agent.host.load(HERE, { id: "todo" });
    await place.agent.prompt('call todo {"action": "add", "text": "one"}\ncall todo {"action": "add", "text": "two"}');
    await place.agent.host.reload(id);
    await place.agent.prompt('call todo {"action": "done", "id": 1}');
    expect(place.results.at(-1)?.text).toMatch(/\[x\] 1\. (one|two)\n\[ \] 2\. (one|two)/);
    expect(widgets.at(-1)).toHaveLength(2);
    await place.agent.host.runCommand("todo", "clear");
    expect(told).toEqual(["Nothing is to be done."]);
    expect(widgets.at(-1)).toBeUndefined();
  });

  test("tells the model what it did wrong", async () => {
    await using place = await openAgent();
    await place.agent.host.load(HERE, { id: "todo" });
    await place.agent.prompt('call todo {"action": "done", "id": 7}\ncall todo {"action": "add"}');
    expect(place.results.map(({ text, isError }) => [isError, text])).toEqual([
      [true, expect.stringContaining("There is no item 7")],
      [true, expect.stringContaining("Expected `text`")],
    ]);
  });
});
