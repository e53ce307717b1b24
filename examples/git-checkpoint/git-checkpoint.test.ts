import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type AgentPlace, openAgent } from "../../packages/agent/test/support/agent-place.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

async function open(user: object = {}): Promise<{ place: AgentPlace; git: (...args: string[]) => string }> {
  const place = await openAgent({ user });
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
      cwd: place.directory,
      encoding: "utf8",
    });
  git("init", "-q");
  writeFileSync(join(place.directory, ".gitignore"), "cache\nsessions\nstate\nwriter.ts\n");
  writeFileSync(join(place.directory, "kept.txt"), "one\n");
  git("add", "-A");
  git("commit", "-qm", "first");
  await place.load(
    "writer",
    `tool("write", ({ text }: any) => { writeFileSync("kept.txt", text); return "written"; });`,
  );
  await place.agent.host.load(HERE, { id: "git-checkpoint" });
  return { place, git };
}

describe("git-checkpoint", () => {
  test("keeps the files before each turn in which they have changed, and leaves branch and index alone", async () => {
    const { place, git } = await open();
    await using _ = place;
    writeFileSync(join(place.directory, "new.txt"), "untracked\n");
    const before = git("status", "--porcelain");
    await place.agent.prompt('call write {"text": "two"}');
    const refs = git("for-each-ref", "--sort=refname", "--format=%(refname)", "refs/tau/checkpoints")
      .trim()
      .split("\n");
    expect(refs).toHaveLength(2);
    expect(refs.map((ref) => git("show", `${ref}:kept.txt`))).toEqual(["one\n", "two"]);
    expect(git("show", `${refs[0]}:new.txt`)).toBe("untracked\n");
    expect(git("status", "--porcelain")).toBe(` M kept.txt\n${before}`);
    await place.agent.prompt("say nothing has changed");
    expect(git("for-each-ref", "refs/tau/checkpoints").trim().split("\n")).toHaveLength(2);
  });

  test("/rewind brings the files back, and keeps what it replaces", async () => {
    const select = async ({ options }: { options: { value: string }[] }): Promise<string | undefined> =>
      options.at(-1)?.value;
    const { place, git } = await open({ select });
    await using _ = place;
    await place.agent.prompt('call write {"text": "two"}');
    writeFileSync(join(place.directory, "kept.txt"), "three");
    await place.agent.host.runCommand("rewind", "");
    expect(readFileSync(join(place.directory, "kept.txt"), "utf8")).toBe("one\n");
    const kept = git("for-each-ref", "--sort=-refname", "--format=%(refname)", "refs/tau/checkpoints").split("\n")[0];
    expect(git("show", `${kept}:kept.txt`)).toBe("three");
  });
});
