import type { Permissions, PermissionLimits } from "tau-host";
import { describe, expect, test } from "vitest";
import { lowerResources } from "../src/sandbox/permission-limits.ts";
import { missingSandbox } from "./support/sandbox.ts";
import { errorOf, openWorkspace, type Workspace } from "./support/workspace.ts";

if (missingSandbox !== undefined) console.warn(`The tests of limits in a sandbox are skipped: ${missingSandbox}`);

const ENVIRONMENT = { ...process.env, TAU_TEST_SHOWN: "shown", TAU_TEST_HIDDEN: "hidden" };

async function open(permissions: Permissions): Promise<Workspace> {
  const workspace = await openWorkspace({ environment: ENVIRONMENT });
  await workspace.load(workspace.copy("uses.mjs"), { id: "uses", isolation: "sandbox", permissions });
  return workspace;
}

const limited = (limits: PermissionLimits, programs: string[] = []): Promise<Workspace> => open({ programs, limits });

describe.skipIf(missingSandbox !== undefined)("a sandboxed extension", () => {
  test.each([
    { name: "memoryMb", most: 200, tool: "fill", args: { mb: 400 }, said: "of memory, allowed are 200 MiB" },
    { name: "processes", most: 10, tool: "start", args: { count: 40 }, said: "processes, allowed are 11" },
  ])("that exceeds $name is ended, with figures", async ({ name, most, tool, args, said }) => {
    await using free = await limited({}, ["sleep"]);
    await free.ask(tool, args);
    await using workspace = await limited({ [name]: most }, ["sleep"]);
    // However late it is measured: it does not answer before.
    const error = await errorOf(workspace.ask(tool, { ...args, stay: true }));
    expect(error).toMatchObject({ code: "extension-killed", message: expect.stringContaining(said) as string });
  });

  test("opens as many files as it may and is refused one more by the kernel", async () => {
    await using workspace = await limited({ openFiles: 64 });
    expect(await workspace.ask("open", { count: 20 })).toBe("opened");
    await expect(workspace.ask("open", { count: 64 })).rejects.toThrow("EMFILE");
    await using free = await limited({});
    expect(await free.ask("open", { count: 84 })).toBe("opened");
  });

  test.each([
    ["a result", "say", { bytes: 2000 }],
    ["progress", "tell", { bytes: 300, times: 10_000 }],
  ])("that answers %s longer than outputBytes costs that call an error and nothing else", async (_, tool, args) => {
    await using workspace = await limited({ outputBytes: 1000 });
    const pid = await workspace.ask("pid");
    const error = await errorOf(workspace.ask(tool, args, { onProgress: () => {} }));
    expect(error).toMatchObject({
      code: "message-too-large",
      extensionId: "uses",
      message: expect.stringContaining("at most 1000 bytes") as string,
    });
    expect(await workspace.ask("say", { bytes: 900 })).toHaveLength(900);
    expect(await workspace.ask("pid")).toBe(pid);
  });

  test("may take for a call as long as callTimeoutMs allows, and less where the caller allows less", async () => {
    await using workspace = await limited({ callTimeoutMs: 400 });
    const pid = await workspace.ask("pid");
    const slow = { ms: 60_000 };
    await expect(workspace.ask("take", slow)).rejects.toMatchObject({
      code: "timed-out",
      message: expect.stringContaining("`callTimeoutMs` allows no more") as string,
    });
    const sooner = await errorOf(workspace.ask("take", slow, { timeoutMs: 50 }));
    expect(sooner).toMatchObject({ code: "timed-out" });
    expect(sooner.message).not.toContain("callTimeoutMs");
    expect(await workspace.ask("take", { ms: 10 }, { timeoutMs: 30_000 })).toBe("taken");
    expect(await workspace.ask("pid")).toBe(pid);
  });

  test("sees the variables that it was granted by name, and no others", async () => {
    await using workspace = await open({ environment: ["TAU_TEST_SHOWN", "TAU_TEST_UNSET"] });
    const seen = async (name: string): Promise<string> => workspace.ask("see", { name });
    expect(await seen("TAU_TEST_SHOWN")).toBe("shown");
    expect(await seen("TAU_TEST_HIDDEN")).toBe("nothing");
    expect(await seen("TAU_TEST_UNSET")).toBe("nothing");
  });

  test("is not granted a variable that has the loader run other code", async () => {
    await using workspace = await openWorkspace({ environment: ENVIRONMENT });
    const permissions = { environment: ["LD_PRELOAD"] };
    const loading = workspace.host.load(workspace.copy("uses.mjs"), { isolation: "sandbox", permissions });
    await expect(loading).rejects.toMatchObject({
      code: "invalid-option",
      message: expect.stringContaining("LD_PRELOAD") as string,
    });
  });
});

describe("limits", () => {
  test("the lower one counts, where the user has said one", () => {
    expect(lowerResources({}, { memoryMb: 64, processes: 300 })).toEqual({ memoryBytes: 64 * 2 ** 20, processes: 300 });
    expect(lowerResources({ memoryBytes: 2 ** 20, processes: 8 }, { memoryMb: 64, processes: 4 })).toEqual({
      memoryBytes: 2 ** 20,
      processes: 4,
    });
    expect(lowerResources({ cpuPercent: 50 }, {})).toEqual({ cpuPercent: 50 });
  });

  test.each<[object, string]>([
    [{ limits: { memory: 64 } }, "memoryMb, processes, openFiles, callTimeoutMs, outputBytes"],
    [{ limits: { memoryMb: 0 } }, "`permissions.limits.memoryMb` to be a whole number above 0, got 0"],
    [{ limits: { memoryMb: "64" } }, "a whole number above 0"],
    [{ limits: [] }, "to be an object"],
    [{ environment: ["A=b"] }, "to name variables"],
    [{ environment: "A" }, "to be a list of texts"],
  ])("%j is refused, and what it should be is said", async (permissions, said) => {
    await using workspace = await openWorkspace();
    const path = workspace.copy("uses.mjs");
    await expect(workspace.host.load(path, { isolation: "sandbox", permissions })).rejects.toMatchObject({
      code: "invalid-option",
      message: expect.stringContaining(said) as string,
    });
  });
});
