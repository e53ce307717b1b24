import type { Readable } from "node:stream";
import type { Started } from "./processes.ts";

/** One line of spec/transcripts, as spec/transcripts/README.md describes it. */
export type Step =
  | { from: "host"; line: object }
  | { from: "host"; raw: string }
  | { from: "host"; hex: string }
  | { from: "host"; pad: { before: string; fill: string; after: string; bytes: number } }
  | { from: "host"; end: "channel-closed" }
  | { from: "extension"; line: object }
  | { from: "extension"; lines: object[] }
  | { from: "extension"; end: "exit"; status?: number };

export interface Transcript {
  title: string;
  rules: string[];
  steps: Step[];
}

const LINE_TIMEOUT_MS = 10_000;

export function parseTranscript(text: string): Transcript {
  const [header, ...steps] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  return { ...(header as Omit<Transcript, "steps">), steps: steps as Step[] };
}

/** Plays the host's part and holds the extension to its own. */
export async function replay({ steps }: Transcript, extension: Started): Promise<void> {
  const reader = new LineReader(extension.readable);
  for (const [index, step] of steps.entries()) {
    try {
      await (step.from === "host" ? send(step, extension) : expectStep(step, reader, extension));
    } catch (error) {
      throw new Error(`Step ${index + 2}: ${(error as Error).message}\n${extension.output.stderr}`, { cause: error });
    }
  }
  extension.writable.end();
  await within(extension.exited, "the process to exit");
  const rest = reader.rest().filter((line) => !isLog(line));
  if (rest.length > 0) throw new Error(`Expected no more lines, got ${JSON.stringify(rest)}`);
}

function send(step: Step & { from: "host" }, { writable }: Started): void {
  if ("end" in step) writable.end();
  else writable.write(encode(step));
}

function encode(step: Exclude<Step & { from: "host" }, { end: unknown }>): string | Buffer {
  if ("line" in step) return `${JSON.stringify(step.line)}\n`;
  if ("raw" in step) return step.raw;
  if ("hex" in step) return Buffer.from(step.hex, "hex");
  const { before, fill, after, bytes } = step.pad;
  const space = bytes - Buffer.byteLength(before) - Buffer.byteLength(after);
  return `${before}${fill.repeat(Math.ceil(space / fill.length)).slice(0, space)}${after}\n`;
}

async function expectStep(step: Step & { from: "extension" }, reader: LineReader, extension: Started): Promise<void> {
  if ("end" in step) {
    const { code } = await within(extension.exited, "the process to exit");
    if (step.status !== undefined && code !== step.status)
      throw new Error(`Expected exit status ${step.status}, got ${code}`);
    return;
  }
  const open = "line" in step ? [step.line] : [...step.lines];
  while (open.length > 0) {
    const line = await within(reader.next(), JSON.stringify(open));
    const found = open.findIndex((expected) => matches(line, expected));
    if (found !== -1) open.splice(found, 1);
    else if (!isLog(line)) throw new Error(`Expected ${JSON.stringify(open)}\ngot ${JSON.stringify(line)}`);
  }
}

/** Whether a value is what the transcript expects there. */
export function matches(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, n) => matches(actual[n], item))
    );
  }
  if (typeof expected !== "object" || expected === null) return actual === expected;
  const [mark, wanted] = Object.entries(expected)[0] ?? [];
  if (mark === "$any") return isOfType(actual, wanted);
  if (mark === "$contains") return typeof actual === "string" && actual.includes(String(wanted));
  if (mark === "$absent") return actual === undefined;
  if (mark === "$unordered") return matchesUnordered(actual, wanted as unknown[]);
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return false;
  return Object.entries(expected).every(([key, value]) => matches((actual as Record<string, unknown>)[key], value));
}

function isOfType(actual: unknown, type: unknown): boolean {
  if (type === "value") return actual !== undefined;
  if (type === "array") return Array.isArray(actual);
  if (type === "object") return typeof actual === "object" && actual !== null && !Array.isArray(actual);
  return typeof actual === type;
}

function matchesUnordered(actual: unknown, expected: unknown[]): boolean {
  if (!Array.isArray(actual) || actual.length !== expected.length) return false;
  const open = [...(actual as unknown[])];
  for (const item of expected) {
    const found = open.findIndex((each) => matches(each, item));
    if (found === -1) return false;
    open.splice(found, 1);
  }
  return true;
}

function isLog(line: unknown): boolean {
  return typeof line === "object" && line !== null && "method" in line && line.method === "log" && !("id" in line);
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Expected ${what} within 10 seconds`)), LINE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The extension's lines, one by one. A line that is no JSON is an error. */
class LineReader {
  #text = "";
  #lines: unknown[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(readable: Readable) {
    readable.setEncoding("utf8");
    readable.on("data", (chunk: string) => {
      const [first = "", ...more] = chunk.split("\n");
      this.#text += first;
      for (const next of more) {
        this.#lines.push(JSON.parse(this.#text));
        this.#text = next;
      }
      this.#wake?.();
    });
    for (const event of ["end", "close", "error"]) readable.on(event, () => this.#end());
  }

  async next(): Promise<unknown> {
    while (this.#lines.length === 0) {
      if (this.#ended) throw new Error("Expected a line, got the end of the channel");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#lines.shift();
  }

  rest(): unknown[] {
    return this.#text === "" ? this.#lines : [...this.#lines, { unfinished: this.#text }];
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}
