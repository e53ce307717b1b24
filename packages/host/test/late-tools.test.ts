import { describe, expect, test } from "vitest";
import { openSupervised, type Supervised, version } from "./support/supervised.ts";
import { errorOf } from "./support/workspace.ts";

/** Registers `late` at some time after its setup, and tells what became of it. */
function registering(when: string, name = "late"): string {
  return version(
    1,
    `const registered = new Promise((resolve) => {
      const register = () => resolve(tool("${name}", () => "late").registered.then(() => "offered", (error) => error.data?.kind ?? error.code));
      ${when};
    });
    tool("outcome", () => registered);`,
  );
}

async function outcomeOf(ext: Supervised): Promise<[string, boolean]> {
  const outcome = await ext.workspace.ask("outcome");
  return [outcome, ext.info.tools.includes("late")];
}

describe("a tool that is registered after setup is offered, whether its version serves yet or not", () => {
  const moments = [
    "process.nextTick(register)",
    "queueMicrotask(register)",
    "setImmediate(register)",
    "setTimeout(register, 5)",
    "api.selfTest(() => register())",
    "api.selfTest(async () => { register(); await registered; })",
    "api.selfTest(() => new Promise((resolve) => setTimeout(resolve, 50))); setTimeout(register, 5)",
  ];

  test.for(moments)("%s", async (when) => {
    await using ext = await openSupervised({ source: registering(when) });
    expect(await outcomeOf(ext)).toEqual(["offered", true]);
    await ext.reload();
    expect(await outcomeOf(ext)).toEqual(["offered", true]);
    await ext.crash("ready");
    expect(await outcomeOf(ext)).toEqual(["offered", true]);
    expect(await ext.workspace.ask("late")).toBe("late");
  });
});

describe("a tool that is registered before its version serves", () => {
  test("is not offered as long as the version before serves", async () => {
    await using ext = await openSupervised();
    const waiting = `api.selfTest(async () => { register(); await registered; api.log.info("registered"); while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5)); })`;
    const registered = ext.workspace.next("log", ({ text }) => text === "registered");
    const reload = ext.reload(registering(waiting));
    await registered;
    expect(ext.info.tools).not.toContain("late");
    ext.workspace.write("go", "");
    await reload;
    expect(ext.info.tools).toContain("late");
  });

  test("costs its version nothing when somebody else has its name", async () => {
    await using ext = await openSupervised();
    await ext.reload(registering("api.selfTest(async () => { register(); await registered; })", "neighbour"));
    expect(await ext.workspace.ask("outcome")).toBe("registration-refused");
    expect(await ext.workspace.ask("neighbour", { text: "mine" })).toBe("mine");
  });

  test("is gone with it when it does not get to serve", async () => {
    await using ext = await openSupervised();
    const { tools } = ext.info;
    const failing = "api.selfTest(async () => { register(); await registered; throw new Error('no'); })";
    await errorOf(ext.reload(registering(failing)));
    expect(ext.info.tools).toEqual(tools);
  });
});
