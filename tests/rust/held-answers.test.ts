import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, test } from "vitest";
import { buildExample, missingRust } from "./rust.ts";

interface Answer {
  id: number;
  result?: { content?: { text: string }[] };
  error?: { message: string; data: { kind: string; executed: string } };
}

/** One extension's process, spoken with by hand: what is written at once is read at once. */
class Program {
  readonly process: ChildProcess;
  readonly socket: Socket;
  readonly ended: Promise<unknown[]>;
  readonly #lines: AsyncIterator<string>;

  constructor(path: string) {
    const env = { PATH: process.env["PATH"], TAU_CHANNEL: "fd:3" };
    this.process = spawn(path, [], { env, stdio: ["ignore", "ignore", "ignore", "pipe"] });
    this.socket = this.process.stdio[3] as Socket;
    this.ended = once(this.process, "exit");
    this.#lines = createInterface(this.socket)[Symbol.asyncIterator]();
  }

  async hello(): Promise<void> {
    const extension = { id: "held" };
    const limits = { maxLineBytes: 16_777_216 };
    const params = { protocol: { min: 1, max: 1 }, extension, generation: 1, cwd: "/", config: {}, limits };
    this.socket.write(line(1, "hello", JSON.stringify(params)));
    expect((await this.next())?.id).toBe(1);
  }

  /** The answer that comes next, or nothing at the end. */
  async next(): Promise<Answer | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(String(value)) as Answer);
  }

  [Symbol.dispose](): void {
    this.process.kill("SIGKILL");
  }
}

function line(id: number, method: string, params: string): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}\n`;
}

function call(id: number, tool: string): string {
  const params = { tool, arguments: tool === "echo" ? { text: String(id) } : {} };
  return line(id, "tool/execute", JSON.stringify(params));
}

describe.skipIf(missingRust !== undefined)("An answer in Rust that waits for more of the same read", () => {
  let path = "";
  beforeAll(() => void (path = buildExample("held")), 400_000);

  async function open(): Promise<Program> {
    const program = new Program(path);
    await program.hello();
    return program;
  }

  test("is written when the work behind it takes long, and so is what that reader's successor answers", async () => {
    using program = await open();
    program.socket.write(
      call(2, "echo") + call(3, "echo") + call(4, "block") + line(5, "ping", "{}") + call(6, "echo"),
    );
    const seen = [await program.next(), await program.next(), await program.next(), await program.next()];
    expect(seen.map((answer) => answer?.id)).toEqual([2, 3, 5, 6]);
    program.socket.write(call(7, "free") + call(8, "echo"));
    const rest = [await program.next(), await program.next(), await program.next()];
    expect(new Set(rest.map((answer) => answer?.id))).toEqual(new Set([4, 7, 8]));
  });

  test.each([
    ["exit", [7, null]],
    ["abort", [null, "SIGABRT"]],
  ])("is written when the work behind it ends the process by %s", async (end, how) => {
    using program = await open();
    program.socket.write(call(2, "echo") + call(3, "echo") + call(4, end));
    expect((await program.next())?.id).toBe(2);
    expect((await program.next())?.id).toBe(3);
    expect(await program.next()).toBeUndefined();
    expect(await program.ended).toEqual(how);
  });

  test("keeps its place when the work behind it panics", async () => {
    using program = await open();
    program.socket.write(call(2, "echo") + call(3, "panic") + call(4, "echo"));
    expect((await program.next())?.result?.content?.[0]?.text).toBe("2");
    expect((await program.next())?.error?.message).toContain("on purpose");
    expect((await program.next())?.result?.content?.[0]?.text).toBe("4");
  });

  test("is written before the end of the channel ends the process", async () => {
    using program = await open();
    program.socket.end(call(2, "echo") + call(3, "echo") + '{"jsonrpc":"2.0","id":4,"met');
    expect((await program.next())?.id).toBe(2);
    expect((await program.next())?.id).toBe(3);
    expect(await program.next()).toBeUndefined();
    expect(await program.ended).toEqual([0, null]);
  });

  test("comes whole and once, with thousands around it and some that are long", async () => {
    using program = await open();
    const ids = Array.from({ length: 3000 }, (_, index) => index + 2);
    const texts = new Map(ids.map((id) => [id, id % 100 === 0 ? `${id} `.repeat(10_000) : String(id)]));
    const lines = ids.map((id) =>
      line(id, "tool/execute", JSON.stringify({ tool: "echo", arguments: { text: texts.get(id) } })),
    );
    program.socket.write(lines.join(""));
    const seen = new Map<number, string | undefined>();
    for (const _ of ids) {
      const answer = await program.next();
      seen.set(answer?.id ?? 0, answer?.result?.content?.[0]?.text);
    }
    // In any order (M-7): work that takes long is overtaken.
    expect([...seen].toSorted(([one], [other]) => one - other)).toEqual([...texts]);
  });
});

describe.skipIf(missingRust !== undefined)("A request to Rust that can't be read as what it is for", () => {
  test("is answered, and was not done", { timeout: 400_000 }, async () => {
    using program = new Program(buildExample("held"));
    await program.hello();
    const deep = "[".repeat(1000) + "]".repeat(1000);
    program.socket.write(
      line(2, "tool/execute", String.raw`{"tool":"echo","arguments":{"text":"\ud800"}}`) +
        line(3, "tool/execute", `{"tool":"echo","arguments":{"text":5}}`) +
        line(4, "command/run", String.raw`{"command":"\ud800"}`) +
        line(5, "command/run", `{"command":${deep}}`) +
        line(6, "tool/execute", String.raw`{"tool":"\u0065cho","arguments":{"text":"\ud83d\ude00"}}`),
    );
    const seen = [];
    for (let id = 2; id < 6; id++) {
      const { error } = (await program.next()) ?? {};
      seen.push([error?.data.kind, error?.data.executed, error?.message]);
    }
    expect(seen).toEqual([
      ["invalid-arguments", "no", expect.stringContaining("The arguments of `echo` are wrong:\n- ")],
      ["invalid-arguments", "no", "The arguments of `echo` are wrong:\n- invalid type: integer `5`, expected a string"],
      ["invalid-params", "no", expect.stringContaining("Expected params of `command/run` that can be read")],
      ["invalid-params", "no", expect.stringContaining("recursion limit")],
    ]);
    expect((await program.next())?.result?.content?.[0]?.text).toBe("\u{1f600}");
  });
});
