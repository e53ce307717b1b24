import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openWorkspace, type Workspace } from "./support/workspace.ts";

const environment = {
  PATH: process.env["PATH"],
  HOME: "/home/nobody",
  LC_ALL: "C.UTF-8",
  ANTHROPIC_API_KEY: "secret",
  AWS_SECRET_ACCESS_KEY: "secret",
  NODE_OPTIONS: "--no-warnings",
  LD_PRELOAD: "",
  TAU_HOME: "/nowhere",
};

async function openLooking(): Promise<Workspace> {
  const workspace = await openWorkspace({ environment });
  const look = `({
    env: process.env,
    stdin: (await import("node:fs")).readFileSync(0, "utf8"),
  })`;
  const path = workspace.write(
    "looks.mjs",
    `export default (api) => api.registerTool({ name: "look", description: "", parameters: { type: "object" },
      execute: async () => ({ content: [{ type: "text", text: JSON.stringify(${look}) }] }) });`,
  );
  await workspace.load(path, { id: "looks", env: { GRANTED: "yes", HOME: "/granted" } });
  return workspace;
}

describe("the environment of an extension", () => {
  test("holds what programs need and what was granted, and no secret", async () => {
    await using workspace = await openLooking();
    const { env } = JSON.parse(await workspace.ask("look")) as { env: Record<string, string> };
    expect(Object.keys(env).sort()).toEqual(["GRANTED", "HOME", "LC_ALL", "PATH", "TAU_PROCESS"]);
    expect(env).toMatchObject({ GRANTED: "yes", HOME: "/granted", LC_ALL: "C.UTF-8", PATH: environment.PATH });
  });

  test("is as clean from outside, where the builder and the launcher have no secret either", async () => {
    await using workspace = await openLooking();
    for (const pid of [...workspace.processes(), ...workspace.launcherPids]) {
      expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("secret");
    }
  });

  test("has an empty stdin", async () => {
    await using workspace = await openLooking();
    expect((JSON.parse(await workspace.ask("look")) as { stdin: string }).stdin).toBe("");
  });

  test("has no descriptor but stdio, the channel and Node's own", async () => {
    await using workspace = await openLooking();
    const pid = workspace.host.extensions()[1]?.pid ?? 0;
    const open = readdirSync(`/proc/${pid}/fd`).map(
      (fd) => [Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`)] as const,
    );
    const kinds = new Map(open);
    expect(kinds.get(0)).toBe("/dev/null");
    expect(kinds.get(1)).toMatch(/^(pipe|socket):/);
    expect(kinds.get(2)).toMatch(/^(pipe|socket):/);
    expect(kinds.get(3)).toMatch(/^socket:|\/pipe-\d+ \(deleted\)$/);
    expect(kinds.get(4)).toMatch(/^socket:|\/pipe-\d+ \(deleted\)$/);
    const inherited = open.filter(([fd, target]) => fd > 4 && !/^anon_inode:|^pipe:|^\/dev\/null$/.test(target));
    expect(inherited).toEqual([]);
  });

  test("leaves its own children no descriptor of the channel", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write(
      "spawns.mjs",
      `import { execFileSync } from "node:child_process";
      export default (api) => api.registerTool({ name: "look", description: "", parameters: { type: "object" },
        execute: () => ({ content: [{ type: "text", text: execFileSync("ls", ["-l", "/proc/self/fd"]) + process.env.TAU_CHANNEL }] }) });`,
    );
    await workspace.load(path);
    const listing = await workspace.ask("look");
    expect(listing).not.toMatch(/ [34] -> .*(?:socket|pipe)/);
    expect(listing).toMatch(/undefined$/);
  });

  test("is a session and a group of its own", async () => {
    await using workspace = await openLooking();
    const pid = workspace.host.extensions()[1]?.pid ?? 0;
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [, , group, session] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    expect([Number(group), Number(session)]).toEqual([pid, pid]);
  });
});
