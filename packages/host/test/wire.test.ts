import { describe, expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, raw, type Workspace } from "./support/workspace.ts";

async function openRaw(): Promise<Workspace> {
  const workspace = await openWorkspace();
  await workspace.load(raw(), { id: "raw" });
  return workspace;
}

async function expectRawAlive(workspace: Workspace): Promise<void> {
  expect(await workspace.ask("raw", { text: "alive" })).toBe("alive");
}

describe("what comes over the channel and is no answer", () => {
  const survived: [string, string, string, RegExp][] = [
    [
      "a second answer to a call is logged and changes nothing",
      "twice",
      "first",
      /answer to request \d+ came, which nobody waits for/,
    ],
    ["an answer to an unknown id is logged and ignored", "unknown-id", "mine", /nobody waits for/],
    ["answers whose ids are no numbers are logged and ignored", "odd-id", "mine", /nobody waits for/],
    ["an id nested too deeply to be shown is survived", "deep-id", "mine", /nobody waits for/],
    ["an object that is no message is logged and skipped", "deep-object", "mine", /wrong shape/],
    ["a line that is not UTF-8 is logged and skipped", "not-utf8", "after", /not UTF-8/],
    ["NUL bytes are logged and skipped", "nul", "after\0", /is no message.*a␀b/],
    ["batch arrays are logged and skipped", "batch", "after", /is no message/],
    [
      "text printed without a newline before an answer is moved aside",
      "stray",
      "after",
      /moved aside: printed without newline/,
    ],
    ["lines that are not JSON objects are logged and skipped", "junk", "after", /is no message.*junk/],
    [
      "a line of 100 MB that belongs to nobody is logged and skipped",
      "big-junk",
      "after",
      /line of 104857600 bytes was skipped/,
    ],
    ["progress after the answer is logged and ignored", "progress-after", "done", /nobody waits for/],
  ];

  test.for(survived)("%s", async ([, misdeed, answer, logged]) => {
    await using workspace = await openRaw();
    const warned = workspace.next("log", ({ source, text }) => source === "host" && logged.test(text));
    expect(await workspace.ask("raw", { do: misdeed })).toBe(answer);
    await warned;
    await expectRawAlive(workspace);
  });

  test("notifications of unknown methods and wrong shapes are survived", async () => {
    await using workspace = await openRaw();
    expect(await workspace.ask("raw", { do: "notifies" })).toBe("done");
    await expectRawAlive(workspace);
  });

  test("an unknown request is answered with method-not-found", async () => {
    await using workspace = await openRaw();
    expect(await workspace.ask("raw", { do: "asks" })).toBe("method-not-found");
  });

  test("a request that uses an id twice runs once", async () => {
    await using workspace = await openRaw();
    const warned = workspace.next("log", ({ text }) => text.includes("used twice"));
    expect(await workspace.ask("raw", { do: "same-request-id" })).toBe("unavailable");
    await warned;
  });

  test("a registry update of the wrong shape is refused", async () => {
    await using workspace = await openRaw();
    expect(await workspace.ask("raw", { do: "updates-junk" })).toBe("registration-refused");
    await expectRawAlive(workspace);
  });

  test("progress of the wrong shape is reported and the call goes on", async () => {
    await using workspace = await openRaw();
    const reported = workspace.next("error", ({ message }) => message.includes("Progress of tool `raw`"));
    expect(await workspace.ask("raw", { do: "progress-junk" }, { onProgress: () => {} })).toBe("done");
    await reported;
  });
});

describe("answers of a wrong shape", () => {
  const refused: [string, RegExp][] = [
    ["null", /expected .*content/],
    ["no-content", /expected `content` to be an array, got undefined/],
    ["content-text", /expected `content` to be an array, got string/],
    ["content-number", /expected content\[0\] to be .* got 7/],
    ["content-type", /expected content\[0\] to be .* got .*video/],
    ["text-number", /expected content\[0\] to be .* got .*"text":5/],
    ["deep-content", /expected content\[0\] to be/],
  ];

  test.for(refused)("a result with %s is refused with the fault", async ([misdeed, message]) => {
    await using workspace = await openRaw();
    const error = await errorOf(workspace.call("raw", { do: misdeed }));
    expect(error).toMatchObject({ code: "invalid-result", executed: "yes", extensionId: "raw" });
    expect(error.message).toMatch(message);
    await expectRawAlive(workspace);
  });

  test("an answer without result and error is a violation", async () => {
    await using workspace = await openRaw();
    const error = await errorOf(workspace.call("raw", { do: "neither" }));
    expect(error.code).toBe("protocol-violation");
    await expectRawAlive(workspace);
  });

  test.for(["error-number", "error-kind"])("an answer with %s is an internal error", async (misdeed) => {
    await using workspace = await openRaw();
    const error = await errorOf(workspace.call("raw", { do: misdeed }));
    expect(error).toMatchObject({ code: "internal-error", executed: "maybe" });
    await expectRawAlive(workspace);
  });

  test("an answer of 100 MB fails its call alone", async () => {
    await using workspace = await openRaw();
    const error = await errorOf(workspace.call("raw", { do: "big-answer" }));
    expect(error).toMatchObject({ code: "message-too-large", executed: "yes" });
    expect(error.message).toContain("1048576");
    await expectRawAlive(workspace);
  });

  test("details nested 100 000 levels deep reach the caller and break nothing", async () => {
    await using workspace = await openRaw();
    const result = await workspace.call("raw", { do: "deep-details" });
    expect(Array.isArray(result.details)).toBe(true);
    await expectRawAlive(workspace);
  });
});

describe("ends of the channel", () => {
  test("half a line and then death names the exit code and the half line", async () => {
    await using workspace = await openRaw();
    const warned = workspace.next("log", ({ text }) => text.includes("ended in the middle of a line"));
    const error = await errorOf(workspace.call("raw", { do: "half-line" }));
    expect(error).toMatchObject({ code: "extension-crashed", exitCode: 9, extensionId: "raw", executed: "maybe" });
    expect(error.message).toContain("exited with code 9");
    await warned;
  });

  test("a process that closes its channel and lives on is ended", async () => {
    await using workspace = await openRaw();
    const error = await errorOf(workspace.call("raw", { do: "closes-channel" }));
    expect(error).toMatchObject({ code: "channel-closed", extensionId: "raw" });
    expect(error.message).toContain("closed its channel and went on running");
  });

  test("a hundred calls in flight all settle when the process is killed", async () => {
    await using workspace = await openRaw();
    const calls = Array.from({ length: 100 }, () => errorOf(workspace.call("raw", { do: "never" })));
    void workspace.call("raw", { do: "killed" }).catch(() => {});
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({
        code: "extension-crashed",
        executed: "maybe",
        signal: "SIGKILL",
        extensionId: "raw",
      });
      expect(error.message).toContain("was ended by SIGKILL");
    }
    expect(workspace.host.extensions().find(({ id }) => id === "raw")).toMatchObject({
      state: "disabled",
      pid: undefined,
    });
    const after = await errorOf(workspace.call("raw"));
    expect(after).toMatchObject({ code: "extension-disabled", executed: "no" });
    expect(after.message).toContain("enable extension `raw`");
  });

  test("an endless flood of junk on the channel does not slow another extension", async () => {
    await using workspace = await openRaw();
    const ended = workspace.next("extension", ({ extensionId, to }) => extensionId === "raw" && to === "disabled");
    await workspace.ask("raw", { do: "flood" });
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      await workspace.ask("neighbour", { text: "hi" });
      times.push(performance.now() - start);
    }
    expect(Math.max(...times)).toBeLessThan(500);
    const { error } = await ended;
    expect(error).toMatchObject({
      code: "extension-disabled",
      extensionId: "raw",
      cause: { code: "protocol-violation" },
    });
    expect(error?.message).toContain("lines to its channel within a second that were no messages");
  });

  test("a process that escaped with the channel holds up neither calls nor close", async () => {
    await using workspace = await openWorkspace();
    const command = `env -i setsid sleep 3 & exec ${process.execPath} ${fixture("raw.mjs")}`;
    await workspace.load({ command: ["sh", "-c", command] }, { id: "raw" });
    const error = await errorOf(workspace.call("raw", { do: "dies" }));
    expect(error).toMatchObject({ code: "extension-crashed", exitCode: 7 });
  });
});
