/** One line that an extension printed or logged. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  time: number;
  source: "stdout" | "stderr" | "log" | "host";
  level: "debug" | "info" | "warn" | "error";
  text: string;
}

const MAX_LINES = 1000;
const MAX_LINE_LENGTH = 4096;
const TAIL_LINES = 20;
/** Of one piece of output, 20 ms of it, the end is logged: every line costs the host time. */
const MAX_LINES_AT_ONCE = 200;

/** The last lines of one extension, bounded in number and length. */
export class OutputLog {
  readonly #lines: LogLine[] = [];
  readonly #onLine: (line: LogLine) => void;

  constructor(onLine: (line: LogLine) => void) {
    this.#onLine = onLine;
  }

  /** Answers the text as it is kept. */
  add(source: LogLine["source"], level: LogLine["level"], text: string): string {
    const line: LogLine = { time: Date.now(), source, level, text: shorten(text) };
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.splice(0, this.#lines.length - MAX_LINES);
    this.#onLine(line);
    return line.text;
  }

  lines(): readonly LogLine[] {
    return [...this.#lines];
  }
}

/** What one version of an extension prints and logs, into the extension's log. Two versions may print at a time. */
export class GenerationLog {
  readonly #log: OutputLog;
  readonly #isLogged: (line: string) => boolean;
  readonly #tail: string[] = [];
  /** The unfinished last line of each stream. */
  readonly #partial = { stdout: "", stderr: "" };

  /** `isLogged` may keep lines of stderr off the log. */
  constructor(log: OutputLog, isLogged: (line: string) => boolean = () => true) {
    this.#log = log;
    this.#isLogged = isLogged;
  }

  add(source: LogLine["source"], level: LogLine["level"], text: string): void {
    const kept = this.#log.add(source, level, text);
    if (source !== "stdout" && source !== "stderr") return;
    this.#tail.push(kept);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
  }

  /** Output as it was read: lines may be split over calls. */
  addOutput(stream: "stdout" | "stderr", text: string, droppedBytes: number): void {
    if (droppedBytes > 0)
      this.add("host", "warn", `${droppedBytes} bytes of ${stream} were left out: too many too fast`);
    const lines = (this.#partial[stream] + text).split("\n");
    this.#partial[stream] = (lines.pop() ?? "").slice(-MAX_LINE_LENGTH);
    const skipped = lines.length - MAX_LINES_AT_ONCE;
    if (skipped > 0) this.add("host", "warn", `${skipped} lines of ${stream} were left out: too many too fast`);
    for (const line of lines.slice(-MAX_LINES_AT_ONCE)) {
      if (stream === "stdout") this.add(stream, "info", line);
      else if (this.#isLogged(line)) this.add(stream, "warn", line);
    }
  }

  /** The process has ended: what it left unfinished is a line too. */
  endOutput(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.#partial[stream];
      this.#partial[stream] = "";
      if (rest !== "") this.addOutput(stream, `${rest}\n`, 0);
    }
  }

  /** The last lines of output, oldest first: what an error shows. */
  tail(): string[] {
    return [...this.#tail];
  }
}

/** A copy, because a piece of a string keeps the whole in memory: a thousand short pieces of long lines are gigabytes. */
function shorten(text: string): string {
  const copy = Buffer.from(text.slice(0, MAX_LINE_LENGTH)).toString();
  return text.length > MAX_LINE_LENGTH ? `${copy}… (${text.length} characters)` : copy;
}
