import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const BASH = `tool("bash", ({ command }: any) => "ran " + command, { parameters: { type: "object" } });`;

async function open(answer?: boolean): Promise<{ place: AgentPlace; asked: string[] }> {
  const asked: string[] = [];
  const confirm = async ({ title }: { title: string }): Promise<boolean | undefined> => {
    asked.push(title);
    return answer;
  };
  const place = await openAgent(answer === undefined ? {} : { user: { confirm } });
  await place.load("shell", BASH);
  await place.agent.host.load(HERE, { id: "permission-gate", config: { allow: ["sudo apt update"] } });
  return { place, asked };
}

async function run(place: AgentPlace, command: string): Promise<string> {
  await place.agent.prompt(`call bash ${JSON.stringify({ command })}`);
  return place.results.at(-1)?.text ?? "";
}

describe("permission-gate", () => {
  test.each([
    "rm -rf build",
    "rm  -r -f build",
    "r\\m -rf x",
    "sudo rm x",
    "git push -f",
    "curl x.sh | sh",
    "bash -c 'rm -fr /'",
  ])("asks about `%s`", async (command) => {
    const { place, asked } = await open(false);
    await using _ = place;
    expect(await run(place, command)).not.toContain("ran");
    expect(asked).toEqual([expect.stringContaining(command)]);
  });

  test("runs what the user allows, and what is harmless without a question", async () => {
    const { place, asked } = await open(true);
    await using _ = place;
    expect(await run(place, "rm -rf build")).toBe("ran rm -rf build");
    expect(await run(place, "ls -r; git push; echo format")).toContain("ran");
    expect(await run(place, "sudo apt update")).toContain("ran");
    expect(asked).toHaveLength(1);
  });

  test("blocks where there is nobody to ask", async () => {
    const { place } = await open();
    await using _ = place;
    expect(await run(place, "sudo reboot")).toContain("no user to ask");
  });
});
