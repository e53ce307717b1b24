import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { tau } from "./run-tau.ts";
import { Workplace } from "./workplace.ts";

/** Greets, after it was asked whether it may. */
const GREETER = `import { type ExtensionApi, ToolResult } from "tau-ext";
export default function setup(api: ExtensionApi) {
  api.registerFlag({ name: "greeting", description: "What to say", type: "string", default: "Hello" });
  api.registerTool({
    name: "greet",
    description: "Greets somebody",
    parameters: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
    async execute({ name }, ctx) {
      const allowed = await ctx.ui.confirm("May I?").catch((error: { code: string }) => error.code);
      return ToolResult.text(\`\${api.getFlag("greeting")} \${name} (\${allowed})\`);
    },
  });
}
`;

function write(place: Workplace, name: string, text: string): void {
  mkdirSync(dirname(join(place.folder, name)), { recursive: true });
  writeFileSync(join(place.folder, name), text);
}

describe("tau -p", () => {
  test("prints the answer and nothing else on stdout", async () => {
    await using place = new Workplace();
    write(place, "greeter.ts", GREETER);
    const { exitCode, stdout } = await place.run("-p", "use greet name=Ada", "-e", "greeter.ts");
    expect(stdout).toBe("Hello Ada (unavailable)\n");
    expect(exitCode).toBe(0);
  });

  test("shows on stderr what extensions tell, and with --verbose what they log", async () => {
    await using place = new Workplace();
    // What has run before starts when there is something for it to do, which may be too late for an answer this short.
    await using other = new Workplace();
    const body = `api.log.info("set up"); api.on("agent_start", (_, { ui }) => ui.notify("begun", "warn"));`;
    for (const each of [place, other])
      write(each, "teller.ts", `export default function setup(api: import("tau-ext").ExtensionApi) { ${body} }`);
    const quiet = await place.run("-p", "say hi", "-e", "teller.ts");
    expect(quiet.stdout).toBe("hi\n");
    expect(quiet.stderr).toContain("teller: begun");
    expect(quiet.stderr).not.toContain("set up");
    const { stderr } = await other.run("-p", "say hi", "-e", "teller.ts", "--verbose");
    expect(stderr).toContain("teller | set up");
  });

  test("appends what is piped in", async () => {
    await using place = new Workplace();
    const env = { TAU_HOME: place.home };
    const { stdout } = await tau(["-p", "say one"], { stdin: "say two\n", cwd: place.folder, env });
    expect(stdout).toBe("one\ntwo\n");
  });

  test("hands an extension's own flags on", async () => {
    await using place = new Workplace();
    write(place, "greeter.ts", GREETER);
    const { stdout } = await place.run("-p", "use greet name=Ada", "-e", "greeter.ts", "--greeting=Ahoy");
    expect(stdout).toBe("Ahoy Ada (unavailable)\n");
  });

  test("refuses a flag that nobody knows, and one without the value it takes", async () => {
    await using place = new Workplace();
    write(place, "greeter.ts", GREETER);
    const unknown = await place.run("-p", "hi", "-e", "greeter.ts", "--greting=Ahoy");
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("Did you mean --greeting?");
    const empty = await place.run("-p", "hi", "-e", "greeter.ts", "--greeting");
    expect(empty.exitCode).toBe(2);
    expect(empty.stderr).toContain("Expected --greeting=VALUE, which extension greeter reads");
  });

  test("says which model it does not know, and which it may mean", async () => {
    await using place = new Workplace();
    const { exitCode, stderr } = await place.run("-p", "hi", "-m", "antropic/claude");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Did you mean `anthropic`?");
  });

  test("goes on with the last session of the folder", async () => {
    await using place = new Workplace();
    await place.run("-p", "say first");
    const { stdout } = await place.run("--mode", "json", "--continue", "say second");
    const { sessionId } = JSON.parse(stdout.split("\n")[0] ?? "") as { sessionId: string };
    const again = await place.run("--mode", "json", "--resume", sessionId.slice(0, 6), "say third");
    expect(again.stdout).toContain(sessionId);
    expect(again.exitCode).toBe(0);
  });
});

describe("tau --mode json", () => {
  test("writes each event as a line, and at last the result", async () => {
    await using place = new Workplace();
    write(place, "greeter.ts", GREETER);
    const { stdout } = await place.run("--mode", "json", "use greet name=Ada", "-e", "greeter.ts");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const names = lines.map(({ event }) => event).filter((name) => name !== "message_update");
    const message = ["message_start", "message_added", "message_end"];
    const answer = ["turn_start", "after_provider_response", "message_start", "message_end", "message_added"];
    expect(names).toEqual([
      "session_start",
      ...message,
      "agent_start",
      ...answer,
      "tool_execution_start",
      "tool_execution_end",
      ...message,
      "turn_end",
      ...answer,
      "turn_end",
      "agent_end",
      "result",
    ]);
    expect(lines.at(-1)).toMatchObject({ stopReason: "end", text: "Hello Ada (unavailable)", turns: 2 });
  });
});

describe("extensions that are found", () => {
  test("are those of the user", async () => {
    await using place = new Workplace();
    write(place, "home/extensions/greeter.ts", GREETER);
    const { stdout } = await place.run("-p", "use greet name=Ada");
    expect(stdout).toBe("Hello Ada (unavailable)\n");
    const without = await place.run("-p", "use greet name=Ada", "--no-discover");
    expect(without.stdout).toContain("I have no tool `greet`");
  });

  test("do not run from a project that nobody has trusted, and that is told", async () => {
    await using place = new Workplace();
    write(place, ".tau/extensions/greeter.ts", GREETER);
    const { stdout, stderr } = await place.run("-p", "use greet name=Ada");
    expect(stdout).toContain("I have no tool `greet`");
    expect(stderr).toContain("is not used: you have not trusted it");
  });

  test("one that is broken costs none of the others", async () => {
    await using place = new Workplace();
    write(place, "home/extensions/greeter.ts", GREETER);
    write(place, "home/extensions/broken.ts", "export default (");
    const { stdout, stderr, exitCode } = await place.run("-p", "use greet name=Ada");
    expect(stdout).toBe("Hello Ada (unavailable)\n");
    expect(stderr).toContain("broken.ts:1:");
    expect(exitCode).toBe(0);
  });

  test("get their settings, and a wrong setting is told with its place", async () => {
    await using place = new Workplace();
    write(place, "home/settings.json", '{\n  "extensions": ["../greeter.ts"],\n  "modle": "x"\n}\n');
    write(place, "greeter.ts", GREETER);
    const { stderr, exitCode } = await place.run("-p", "use greet name=Ada");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("settings.json:3:3: expected no setting `modle`");
    write(place, "home/settings.json", '{ "extensions": ["../greeter.ts"] }');
    expect((await place.run("-p", "use greet name=Ada")).stdout).toBe("Hello Ada (unavailable)\n");
  });
});

test("a word that is nearly a command is no message", async () => {
  await using place = new Workplace();
  const { exitCode, stderr } = await place.run("tols");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("Did you mean `tau tools`?");
});

test("links in a project's folder are part of what is trusted", async () => {
  const { fingerprint } = await import("../src/trust/fingerprint.ts");
  await using place = new Workplace();
  write(place, "elsewhere/code.ts", "one");
  mkdirSync(join(place.folder, ".tau"));
  symlinkSync(join(place.folder, "elsewhere"), join(place.folder, ".tau/linked"));
  symlinkSync(join(place.folder, ".tau"), join(place.folder, ".tau/circle"));
  const before = await fingerprint(join(place.folder, ".tau"));
  expect(Object.keys(before)).toEqual(["linked/code.ts"]);
  write(place, "elsewhere/code.ts", "two");
  expect(await fingerprint(join(place.folder, ".tau"))).not.toEqual(before);
});
