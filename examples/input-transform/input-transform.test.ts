import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

describe("input-transform", () => {
  test("puts the files behind the message, once each, and leaves other names alone", async () => {
    await using place = await openAgent({ script: ({ prompt }) => ({ text: prompt }) });
    await place.agent.host.load(HERE, { id: "input-transform" });
    place.write("notes.txt", "seven\n");
    const { text } = await place.agent.prompt("What is in @notes.txt, and @notes.txt. Ask me@example.com or @nobody.");
    expect(text).toBe(
      "What is in @notes.txt, and @notes.txt. Ask me@example.com or @nobody.\n\nnotes.txt:\n```\nseven\n```",
    );
  });
});
