import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAlive } from "./run-tau.ts";
import { saying, Workplace } from "./workplace.ts";

test("call --watch makes the call again with each saved version, and says which it is", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("first"));
  const running = await place.watchCall();
  place.write("voice.ts", saying("second"));
  await place.answer(running, "second");
  place.write("voice.ts", saying("third"));
  await place.answer(running, "third");
  await running.untilNoted(/voice: reloaded, version 2\n[^]*voice: reloaded, version 3\n/);
});

test("a broken save is shown with its place and takes nothing away; the next good one answers", async () => {
  await using place = new Workplace();
  const file = place.write("voice.ts", saying("first"));
  const running = await place.watchCall();
  place.write("voice.ts", saying("second", { inTool: "const oops = ;" }));
  await running.untilNoted(/voice: kept the old version \(version 1 serves on\)/);
  const [text] = await running.untilNoted(/error: [^]*const oops = ;\n/);
  expect(text).toContain(`${file}:10:`);
  place.write("voice.ts", saying("third"));
  await place.answer(running, "third");
  expect(running.child.exitCode).toBe(null);
});

test("an error in setup is shown with its place in the source", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("first"));
  const running = await place.watchCall();
  place.write("voice.ts", saying("second", { inSetup: 'throw new Error("not today");' }));
  await running.untilNoted(/error: .*not today[^]*voice\.ts:4:\d+/);
  await running.untilNoted(/voice: kept the old version/);
});

test("a first version that does not build is shown and waited for", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("first", { inTool: "const oops = ;" }));
  const running = place.start("call", "say", "-e", "voice.ts", "--watch");
  await running.untilNoted(/const oops = ;[^]*Watching/);
  place.write("voice.ts", saying("second"));
  await place.answer(running, "second");
  expect((await running.untilNoted(/^[^]*$/))[0]).not.toContain("There is no tool");
});

test("tools --watch shows the tools again after each change", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("first"));
  const running = place.start("tools", "-e", "voice.ts", "--watch");
  await running.untilPrinted(/Says it/);
  await running.untilNoted(/Watching/);
  place.write("voice.ts", saying("second").replace("Says it", "Says more"));
  await running.untilPrinted(/Says more/);
});

test("a save ends the call that is under way and makes it anew", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("never", { inTool: 'ctx.progress("waiting"); await new Promise(() => {});' }));
  const running = place.start("call", "say", "-e", "voice.ts", "--watch");
  await running.untilNoted(/waiting/);
  place.write("voice.ts", saying("second"));
  await place.answer(running, "second");
  expect((await running.untilNoted(/^[^]*$/))[0]).not.toContain("error:");
});

test("a call that crashes its extension is shown once, and is not made again by itself", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("never", { inTool: 'console.error("last words"); process.exit(7);' }));
  const running = place.start("call", "say", "-e", "voice.ts", "--watch");
  const [text] = await running.untilNoted(/^[^]*voice: restarted, version 2\n/);
  expect(text.match(/error: /g)).toHaveLength(1);
  expect(text.match(/last words/g)).toHaveLength(1);
  place.write("voice.ts", saying("second"));
  await place.answer(running, "second");
});

test("Ctrl-C ends the watching with 130 and leaves no process and no socket behind", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("first"));
  const running = await place.watchCall();
  expect(place.sockets()).toEqual([`${running.child.pid}.sock`]);
  running.child.kill("SIGINT");
  const { exitCode, stderr } = await running.finished;
  expect(stderr).toContain("error: Stopped by SIGINT.");
  expect(exitCode).toBe(130);
  expect([...place.pids].filter(isAlive)).toEqual([]);
  expect(place.sockets()).toEqual([]);
});

test("a reader that goes away ends the watching without an error", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("first"));
  const running = await place.watchCall();
  running.child.stdout.destroy();
  place.write("voice.ts", saying("second"));
  const { exitCode, stderr } = await running.finished;
  expect(stderr).not.toContain("error:");
  expect(exitCode).toBe(0);
});

test("watching goes on without a socket where its directory can't be trusted", async () => {
  await using place = new Workplace();
  place.write("voice.ts", saying("first"));
  mkdirSync(place.home);
  symlinkSync(place.folder, join(place.home, "run"));
  const running = await place.watchCall();
  await running.untilNoted(
    /warning: `tau ext` can't reach this process: Expected .*\/run to be a directory of this user/,
  );
  place.write("voice.ts", saying("second"));
  await place.answer(running, "second");
});
