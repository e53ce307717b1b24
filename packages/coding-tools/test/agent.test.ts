import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type AgentPlace, openAgent } from "../../agent/test/support/agent-place.ts";
import { isAlive, until } from "../../host/test/support/processes.ts";
import { CODING_TOOLS } from "./support/tools.ts";

/** An agent with the coding tools, whose files are in `work/`. */
async function openCodingAgent(): Promise<AgentPlace> {
  const place = await openAgent({ host: { cancelGraceMs: 5000 } });
  mkdirSync(join(place.directory, "work"));
  await place.agent.host.load(CODING_TOOLS, { id: "coding-tools", startTimeoutMs: 15_000 });
  place.agent.start();
  return place;
}

test("an agent makes, changes, finds, reads and runs a file in one conversation", async () => {
  await using place = await openCodingAgent();
  const { stopReason } = await place.agent.prompt(
    [
      `call write {"path": "work/a.sh", "content": "echo one\\necho two\\n"}`,
      `then call edit {"path": "work/a.sh", "edits": [{"oldText": "two", "newText": "2"}]}`,
      `then use read path=work/a.sh`,
      `use grep pattern=one path=work`,
      `use find pattern=*.sh`,
      `use ls path=work`,
      `use bash command="sh work/a.sh; exit 3"`,
    ].join("\n"),
  );
  expect(stopReason).toBe("end");
  expect(place.results.map(({ tool, text, isError }) => [tool, text, isError])).toEqual([
    ["write", "Wrote work/a.sh: 2 lines, 18 B.", false],
    ["edit", expect.stringContaining("-echo two\n+echo 2"), false],
    ["read", "echo one\necho 2", false],
    ["grep", "work/a.sh:1: echo one", false],
    ["find", "work/a.sh", false],
    ["ls", "a.sh", false],
    ["bash", "one\n2\n\n[Exit code 3]", true],
  ]);
});

test("edits of one answer run at the same time, and none is lost", async () => {
  await using place = await openCodingAgent();
  const numbers = Array.from({ length: 8 }, (_, index) => index);
  writeFileSync(join(place.directory, "work/a.txt"), numbers.map((number) => `<${number}>\n`).join(""));
  const calls = numbers.map((number) => ({ oldText: `<${number}>`, newText: `[${number}]` }));
  await place.agent.prompt(
    calls.map((edit) => `call edit ${JSON.stringify({ path: "work/a.txt", edits: [edit] })}`).join("\n"),
  );
  expect(place.results.filter(({ isError }) => isError)).toEqual([]);
  expect(readFileSync(join(place.directory, "work/a.txt"), "utf8")).toBe(
    numbers.map((number) => `[${number}]\n`).join(""),
  );
});

test("an image reaches the conversation as one", async () => {
  await using place = await openCodingAgent();
  const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  writeFileSync(join(place.directory, "work/a.png"), png);
  await place.agent.prompt("use read path=work/a.png");
  expect(place.messages.find(({ role }) => role === "tool")).toMatchObject({
    content: [{ type: "text" }, { type: "image", data: png.toString("base64"), mimeType: "image/png" }],
  });
});

test("an abort ends the command that runs, with its children and theirs", async () => {
  await using place = await openCodingAgent();
  const command = `sh -c 'sleep 1000 & echo "pids $$ $! $PPID"; wait' & wait`;
  const shown = place.next("tool_execution_update", (payload) => JSON.stringify(payload).includes("pids"));
  const run = place.agent.prompt(`call bash ${JSON.stringify({ command })}`);
  const [, pids = ""] = /pids ([\d ]+)/.exec(JSON.stringify(await shown)) ?? [];
  const family = pids.trim().split(" ").map(Number);
  expect(family.filter(isAlive)).toHaveLength(3);
  place.agent.abort();
  expect((await run).stopReason).toBe("aborted");
  await until("the family to be gone", () => !family.some(isAlive), 5000);
});

test("a command of the user's own runs with bash, and the model sees what came of it", async () => {
  await using place = await openCodingAgent();
  expect(await place.agent.runBash("echo mine; exit 2")).toEqual({ text: "mine\n\n[Exit code 2]", isError: true });
  expect(JSON.stringify(place.messages)).toContain("I ran `echo mine; exit 2`");
});
