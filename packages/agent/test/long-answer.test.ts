import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openAgent } from "./support/agent-place.ts";

const COUNTER = fileURLToPath(new URL("fixtures/counts-bytes.mjs", import.meta.url));

test("a long answer costs each extension that hears it no more than three times its length", async () => {
  const text = "All work and no play. ".repeat(1000).slice(0, 20_000);
  await using place = await openAgent({ script: [{ text, pieceLength: 4 }] });
  const names = Array.from({ length: 10 }, (_, index) => `counter-${index}`);
  await Promise.all(names.map((id) => place.agent.host.load({ command: [process.execPath, COUNTER, id] }, { id })));
  await place.agent.prompt("go");
  for (const name of names) {
    const { bytes, heard } = JSON.parse(await place.ask(name)) as { bytes: number; heard: string };
    expect(heard).toBe(text);
    expect(bytes).toBeGreaterThan(text.length);
    expect(bytes).toBeLessThanOrEqual(3 * text.length);
  }
});
