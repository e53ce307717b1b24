import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { KEYS, type PtyOptions, PtyTau } from "./pty-tau.ts";
import { saying, Workplace } from "./workplace.ts";

vi.setConfig({ testTimeout: 60_000 });

const { altEnter, ctrlC, ctrlD, down, enter, escape, newline, tab, up } = KEYS;
const KIT = fileURLToPath(new URL("./fixtures/terminal/kit.ts", import.meta.url));

function write(place: Workplace, name: string, text: string): void {
  mkdirSync(dirname(join(place.folder, name)), { recursive: true });
  writeFileSync(join(place.folder, name), text);
}

interface OpenOptions extends Partial<PtyOptions> {
  /** Loads the extension with something for each thing that a terminal shows. */
  kit?: boolean;
  args?: readonly string[];
}

/** A tau that waits for what is typed. */
async function open(
  place: Workplace,
  { kit = false, args = [], env = {}, ...rest }: OpenOptions = {},
): Promise<PtyTau> {
  const all = [...args, ...(kit ? ["-e", KIT] : [])];
  const tau = new PtyTau(all, {
    cwd: place.folder,
    ...rest,
    env: { TAU_HOME: place.home, TMPDIR: place.folder, ...env },
  });
  await tau.ready();
  return tau;
}

describe("a conversation", () => {
  test("answers what is typed, and says how to go on with it", async () => {
    await using place = new Workplace();
    await using tau = await open(place);
    tau.type("say hello there", enter);
    await tau.until(/^hello there$/m);
    tau.type(ctrlD);
    expect(await tau.finished).toBe(0);
    const [, id] = /^To go on: tau --resume (\w+)$/m.exec(tau.all) ?? [];
    await using again = await open(place, { args: ["--resume", id ?? ""] });
    expect(again.all).toContain("› say hello there");
  });

  test("begins with the message of the command line", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { args: ["say", "hi", "from", "outside"] });
    await tau.until(/^hi from outside$/m);
  });

  test("shows an answer while it comes", async () => {
    await using place = new Workplace();
    const script = [{ text: "one two three\nfour five", pieceLength: 4, pieceDelayMs: 100 }];
    const path = place.write("script.json", JSON.stringify(script));
    await using tau = await open(place, { env: { TAU_SCRIPT: path } });
    tau.type("go", enter);
    await tau.until(({ screen }) => /^one two three\nfour five$/m.test(screen));
    // Of all that was drawn: whoever looks late sees several at once.
    const frames = tau.raw.split("\u001B[?2026h");
    const begun = frames.find((frame) => frame.includes("one"));
    expect(begun).not.toContain("three");
  });

  test("shows a tool's call, its progress and its result, and not all of a long one", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use slow", enter);
    await tau.until(({ screen }) => /◌ slow\n\s+halfway there/.test(screen));
    tau.type(escape);
    await tau.until(/^✗ slow/m);
    tau.type("use lines", enter);
    await tau.until(/● lines\n {2}line 1\n[^]*line 8\n {2}… 22 more lines/);
  });

  test("takes nothing from a model or a tool that a terminal would obey", async () => {
    await using place = new Workplace();
    const text = "safe \u001B[2J\u001B]0;stolen\u0007text\u001B[1A\rover";
    const path = place.write(
      "script.json",
      JSON.stringify([{ text }, { toolCalls: [{ tool: "paint" }] }, { text: "done" }]),
    );
    await using tau = await open(place, { kit: true, env: { TAU_SCRIPT: path } });
    const titles: string[] = [];
    tau.terminal.onTitleChange((title) => titles.push(title));
    tau.type("go", enter);
    await tau.until(/^safe text\nover$/m);
    tau.type("paint", enter);
    await tau.until(/Really paint\?/);
    tau.type("y");
    await tau.until(/^done$/m);
    expect(tau.all).toMatch(/ {2}red and .back/);
    expect(tau.raw).not.toContain("\u001B]52");
    expect(titles).not.toContain("stolen");
  });
});

describe("questions of extensions", () => {
  test("are answered with a key, and dismissed with Esc", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use confirm", enter);
    await tau.until(/\? kit: May I\?\n {2}It is\n {2}harmless\./);
    tau.type("y");
    await tau.until(/confirmed true/);
    tau.type("use confirm", enter);
    await tau.until(({ screen }) => screen.split("? kit: May I?").length > 1);
    tau.type(escape);
    await tau.until(/confirmed undefined/);
  });

  test("offer a list to choose from", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use choose", enter);
    await tau.until(/❯ red\n {2}green {2}like grass/);
    tau.type(down, enter);
    await tau.until(/chose g$/m);
  });

  test("take a text, of several lines where it is one", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use fill", enter);
    await tau.until(/› a name/);
    tau.type("Ada", enter);
    await tau.until(/filled Ada/);
    tau.type("use write_text", enter);
    await tau.until(/› first/);
    tau.type(newline, "second", enter);
    await tau.until(/"first\\nsecond"/);
  });

  test("show nothing of a secret, then or later", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use whisper", enter);
    await tau.until(/The word\?/);
    tau.type("sesame");
    await tau.until(/› ••••••/);
    tau.type(enter);
    await tau.until(/heard 6 letters/);
    expect(tau.raw).not.toContain("sesame");
  });

  test("of a gate: no is a no", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use paint", enter);
    await tau.until(/Really paint\?/);
    tau.type("n");
    await tau.until(/^✗ paint/m);
  });

  test("go with what they belong to, when the user ends that", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use confirm", enter);
    await tau.until(/May I\?/);
    tau.type(ctrlC);
    await tau.until(({ screen }) => !screen.includes("❯") && /^✗ confirm/m.test(screen));
    tau.type("say still here", enter);
    await tau.until(/^still here$/m);
  });

  test("that come while the user types are not answered by what was meant for the line", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use confirm", enter, "yes, and then");
    await tau.until(/You were typing/);
    const answered = tau.until(/confirmed false/).then(() => true);
    // A key that comes too soon begins the pause again, however late it is read.
    do {
      await sleep(800);
      tau.type("n");
    } while (!(await Promise.race([answered, sleep(1500, false)])));
    await tau.until(({ screen }) => screen.includes("› yes, and then"));
  });
});

describe("what extensions show", () => {
  test("is a notice, a status, rows and the window's title", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    const titles: string[] = [];
    tau.terminal.onTitleChange((title) => titles.push(title));
    tau.type("/show sunny", enter);
    await tau.until(/^kit: told: sunny$/m);
    await tau.until(({ screen }) => /one thing\nanother: sunny\n[^]*mood sunny$/.test(screen));
    expect(titles).toContain("title sunny");
  });
});

describe("commands", () => {
  test("are told by /help, with those of extensions", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true, rows: 60 });
    tau.type("/help", enter);
    await tau.until(/\/compact \[what matters\] +puts a summary[^]*\/show +shows what can be shown \(kit\)[^]*Ctrl-D/);
  });

  test("show the tools and the extensions, and choose what the model is offered", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("/ext", enter);
    await tau.until(/^kit +ready +version 1 .*decides on tool_call/m);
    tau.type("/tools off lines", enter);
    await tau.until(/^lines \(off\) +kit +Does lines/m);
    tau.type("use lines", enter);
    await tau.until(/no tool `lines`/);
  });

  test("load the present source, as saving does by itself", async () => {
    await using place = new Workplace();
    const file = place.write("voice.ts", saying("old"));
    await using tau = await open(place, { args: ["-e", file] });
    tau.type("use say", enter);
    await tau.until(/ {2}old \d+/);
    place.write("voice.ts", saying("new"));
    await tau.until(/^voice: reloaded, version 2$/m);
    tau.type("use say", enter);
    await tau.until(/ {2}new \d+/);
    place.write("voice.ts", "export default function setup( {");
    await tau.until(/voice: .*\(version 2 serves on\)/);
    tau.type("/reload voice", enter);
    await tau.until(/error:.*voice/);
    tau.type("use say", enter);
    await tau.until(({ all }) => all.split(/ {2}new \d+/).length > 2);
  });

  test("change the model, and refuse one that nobody knows", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { env: { OPENAI_API_KEY: "none" } });
    tau.type("/model openai/gpt-4.1", enter);
    await tau.until(/^The model is openai\/gpt-4\.1/m);
    await tau.until(({ screen }) => /^openai\/gpt-4\.1 ·/m.test(screen));
    tau.type("/model opnai/gpt-4.1", enter);
    await tau.until(/Did you mean `openai`\?/);
  });

  test("begin another conversation, name it, and go back", async () => {
    await using place = new Workplace();
    await using tau = await open(place);
    tau.type("say the first", enter);
    await tau.until(/^the first$/m);
    tau.type("/name ours", enter);
    await tau.until(/is ours from now on/);
    tau.type("/new", enter);
    await tau.until(/^— \w{10} —$/m);
    tau.type("/resume", enter);
    await tau.until(/❯ .*ours/);
    tau.type(enter);
    await tau.until(/^— ours —\n\n› say the first\n\nthe first$/m);
  });

  test("summarise the conversation", async () => {
    await using place = new Workplace();
    await using tau = await open(place);
    tau.type("say something to remember", enter);
    await tau.until(/^something to remember$/m);
    tau.type("/compact", enter);
    await tau.until(/^Summarised: \d+ tokens became \d+\.$|error:/m);
  });

  test("that nobody knows are told with what they may mean, and a failed one with its reason", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("/shwo", enter);
    await tau.until(/Did you mean `\/show`/);
    tau.type("/fails", enter);
    await tau.until(/It can't be done\./);
  });

  test("are completed by Tab, and their arguments too", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("/he", tab);
    await tau.until(({ screen }) => screen.includes("› /help"));
    tau.type(KEYS.ctrlU, "/re", tab);
    await tau.until(({ screen }) => /reload.*\n.*resume/.test(screen));
    tau.type(KEYS.ctrlU, "/show su", tab);
    await tau.until(({ screen }) => screen.includes("› /show sunny"));
    tau.type(KEYS.ctrlU, "/reload k", tab);
    await tau.until(({ screen }) => screen.includes("› /reload kit"));
  });

  test("are ended by Esc", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("/hang", enter);
    await tau.until(({ screen }) => /\/hang .*Esc ends it/.test(screen));
    tau.type(escape);
    await tau.until(({ screen }) => !screen.includes("Esc ends it"));
  });

  test("of the shell run at once, and end with Esc", async () => {
    await using place = new Workplace();
    await using tau = await open(place);
    tau.type("!echo from the $((1+1))nd shell", enter);
    await tau.until(/^from the 2nd shell$/m);
    tau.type("!sleep 100", enter);
    await tau.until(({ screen }) => /sleep 100 .*Esc ends it/.test(screen));
    tau.type(escape);
    await tau.until(({ screen }) => !screen.includes("Esc ends it"));
  });
});

describe("while the agent works", () => {
  test("Esc and Ctrl-C end it, and what waited comes back to the line", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use slow", enter);
    await tau.until(/halfway/);
    tau.type("and then this", enter);
    await tau.until(/› and then this \(waiting\)/);
    tau.type(ctrlC);
    await tau.until(({ screen }) => /^› and then this$/m.test(screen) && !screen.includes("Esc ends it"));
  });

  test("what is said is heeded before its next step, or when it is done", async () => {
    await using place = new Workplace();
    const script = [
      { toolCalls: [{ tool: "bash", input: { command: "until test -e go; do sleep 0.05; done" } }] },
      { text: "done" },
      { text: "followed" },
    ];
    const path = place.write("script.json", JSON.stringify(script));
    await using tau = await open(place, { env: { TAU_SCRIPT: path } });
    tau.type("go", enter);
    await tau.until(/◌ bash/);
    tau.type("afterwards", altEnter);
    await tau.until(/› afterwards \(waiting\)/);
    place.write("go", "");
    await tau.until(/^done\n[^]*^› afterwards\n[^]*^followed$/m);
  });

  test("Ctrl-D leaves, and nothing of it is left", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { kit: true });
    tau.type("use slow", enter);
    await tau.until(/halfway/);
    tau.type(ctrlD);
    expect(await tau.finished).toBe(0);
  });
});

describe("the line", () => {
  test("remembers what was typed, over the end of tau", async () => {
    await using place = new Workplace();
    {
      await using tau = await open(place);
      tau.type("say one", enter);
      await tau.until(/^one$/m);
      tau.type("say two", enter);
      await tau.until(/^two$/m);
      tau.type("/quit", enter);
      expect(await tau.finished).toBe(0);
    }
    await using tau = await open(place);
    tau.type(up, up, up);
    await tau.until(({ screen }) => screen.includes("› say one"));
    tau.type(down);
    await tau.until(({ screen }) => screen.includes("› say two"));
  });

  test("holds several lines: by Ctrl-J, by a backslash, by what is pasted", async () => {
    await using place = new Workplace();
    await using tau = await open(place);
    tau.type("say a", newline, "say b\\", enter, "\u001B[200~say c\nsay d\u001B[201~");
    await tau.until(({ screen }) => /› say a\n {2}say b\n {2}say c\n {2}say d/.test(screen));
    tau.type(enter);
    await tau.until(/^a\nb\nc\nd$/m);
  });

  test("counts wide characters as two columns, and those of several parts as one", async () => {
    await using place = new Workplace();
    await using tau = await open(place);
    tau.type("日本👩‍👩‍👧x", KEYS.left, KEYS.backspace);
    await tau.until(({ screen }) => screen.includes("› 日本x"));
    expect(tau.terminal.buffer.active.cursorX).toBe(2 + 4);
  });

  test("wraps when the terminal becomes narrow, and nothing is left over", async () => {
    await using place = new Workplace();
    await using tau = await open(place, { columns: 80 });
    tau.type("0123456789".repeat(6));
    await tau.until(({ screen }) => screen.includes("0123456789".repeat(6)));
    tau.resize(40, 24);
    await tau.until(
      ({ screen }) => screen.split("›").length === 2 && screen.replaceAll(/\s/g, "").includes("0123456789".repeat(6)),
    );
  });
});

describe("the terminal", () => {
  /** How it is set, before and after. */
  function inShell(place: Workplace, command: string): PtyTau {
    const script = `stty -g; ${command}; echo "exit $?"; stty -g`;
    return new PtyTau([], {
      cwd: place.folder,
      env: { TAU_HOME: place.home, TMPDIR: place.folder },
      program: ["sh", "-c", script],
    });
  }
  const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
  const TAU = `"${process.execPath}" "${BIN}"`;

  function settings(tau: PtyTau): string[] {
    return tau.all.split("\n").filter((line) => /^[\da-f]+(:[\da-f]+){10,}/.test(line));
  }

  test.each([
    ["the user leaves", "", ctrlD, 0],
    ["tau is ended from outside", "", "kill", 143],
    ["it can't start", "-m nobody/nothing", "", 1],
  ])("is as it was before when %s", async (_, args, typed, exitCode) => {
    await using place = new Workplace();
    await using tau = inShell(place, `${TAU} ${args}`);
    if (typed !== "") await tau.ready();
    if (typed === "kill") {
      const pid = execFileSync("pgrep", ["-P", String(tau.pid), "-f", "bin.js"], { encoding: "utf8" }).trim();
      process.kill(Number(pid), "SIGTERM");
    } else tau.type(typed);
    await tau.until(new RegExp(`^exit ${exitCode}$`, "m"));
    await tau.finished;
    const [before, after] = settings(tau);
    expect(after).toBe(before);
    expect(tau.raw.lastIndexOf("\u001B[?2004l")).toBeGreaterThanOrEqual(tau.raw.lastIndexOf("\u001B[?2004h"));
  });

  test("is given back for Ctrl-Z, and taken again", async () => {
    await using place = new Workplace();
    await using tau = new PtyTau([], {
      cwd: place.folder,
      env: { TAU_HOME: place.home, TMPDIR: place.folder, PS1: "shell$ " },
      program: ["bash", "--norc", "-i"],
    });
    await tau.until(/shell\$/);
    tau.type(`${TAU}\r`);
    await tau.ready();
    tau.type("half a li", KEYS.ctrlZ);
    await tau.until(/Stopped/);
    tau.type("echo out$((1+1))side\r");
    await tau.until(/^out2side$/m);
    tau.type("fg\r");
    await tau.until(({ screen }) => /› half a li$/m.test(screen));
    tau.type(KEYS.ctrlU, "say back", enter);
    await tau.until(/^back$/m);
    tau.type(ctrlD);
    await tau.until(/To go on[^]*shell\$$/m);
  });
});

describe("a project's own extensions", () => {
  function project(place: Workplace): void {
    mkdirSync(join(place.folder, ".tau/extensions"), { recursive: true });
    copyFileSync(KIT, join(place.folder, ".tau/extensions/kit.ts"));
  }

  async function start(place: Workplace): Promise<PtyTau> {
    const tau = new PtyTau([], { cwd: place.folder, env: { TAU_HOME: place.home, TMPDIR: place.folder } });
    await tau.until(/Do you\s+(?:still\s+)?trust/);
    return tau;
  }

  test("run once the user has trusted them, and are asked about again when they change", async () => {
    await using place = new Workplace();
    project(place);
    {
      await using tau = await start(place);
      expect(tau.all).toContain("extensions/kit.ts");
      tau.type("y");
      await tau.ready();
      tau.type("use lines", enter);
      await tau.until(/● lines/);
      tau.type(ctrlD);
      await tau.finished;
    }
    {
      await using tau = await open(place);
      tau.type("use lines", enter);
      await tau.until(/● lines/);
      tau.type(ctrlD);
      await tau.finished;
    }
    write(place, ".tau/extensions/kit.ts", saying("changed"));
    await using tau = await start(place);
    expect(tau.all).toMatch(/changed since you\s+trusted it[^]*extensions\/kit\.ts/);
    tau.type("n");
    await tau.ready();
    tau.type("use say", enter);
    await tau.until(/no tool `say`/);
  });

  test("do not run when the user leaves instead of answering", async () => {
    await using place = new Workplace();
    project(place);
    await using tau = await start(place);
    tau.type(ctrlC, ctrlD);
    expect(await tau.finished).toBe(0);
    expect(place.sockets()).toEqual([]);
  });
});
