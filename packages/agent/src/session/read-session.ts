import { TauError } from "tau-protocol";
import type { Entry } from "./entry.ts";
import { decodeLine, FORMAT, type Header } from "./line.ts";

/** What a session's file holds. */
export interface SessionContent {
  /** Absent where it could not be read. */
  header?: Header;
  entries: Entry[];
  /** How long the file is without a last line that was not written whole. */
  soundBytes: number;
  /** The last line is whole, but for its newline. */
  lacksNewline: boolean;
  /** Bytes since the name was last written, or since the beginning. */
  bytesSinceName: number;
  /** What could not be read, each with its place. */
  problems: TauError[];
}

const NEWLINE = 0x0a;

/**
 * Reads a file line by line. A process that was killed may leave a part of its last line: that was never answered, and is left out.
 * Damage elsewhere costs the damaged lines only.
 * @throws TauError `session-failed` for a file of a newer tau
 */
export function readSession(bytes: Buffer, path: string): SessionContent {
  const content: SessionContent = {
    entries: [],
    soundBytes: bytes.length,
    lacksNewline: false,
    bytesSinceName: bytes.length,
    problems: [],
  };
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    const isRead = readLine(content, bytes.toString("utf8", start, end), { path, end, total: bytes.length });
    if (newline === -1) endLastLine(content, start, isRead);
    if (!isRead) content.problems.push(damaged(path, start, end));
    start = end + 1;
  }
  return content;
}

interface Place {
  path: string;
  end: number;
  total: number;
}

function readLine(content: SessionContent, text: string, { path, end, total }: Place): boolean {
  if (text === "") return true;
  const line = decodeLine(text);
  if (line === undefined) return false;
  if (line.kind === "header") {
    if (line.header.version > FORMAT) throw tooNew(path, line.header.version);
    content.header ??= line.header;
  }
  if (line.kind === "entry") content.entries.push(line.entry);
  if (line.kind === "repeat" || (line.kind === "entry" && line.entry.type === "name")) {
    content.bytesSinceName = total - end;
  }
  return true;
}

function endLastLine(content: SessionContent, start: number, isWhole: boolean): void {
  content.lacksNewline = isWhole;
  if (!isWhole) content.soundBytes = start;
}

function damaged(path: string, from: number, to: number): TauError {
  const text =
    `The session ${path} is damaged: ${to - from} bytes at ${from} are no line that was written whole, and were left out. ` +
    "A process or machine that stopped in the middle of a write leaves such a line.";
  return new TauError("session-damaged", text, { detail: { path, from, to } });
}

function tooNew(path: string, version: number): TauError {
  const text = `The session ${path} was written by a newer tau (format ${version}, this one reads ${FORMAT}). Update tau.`;
  return new TauError("session-failed", text, { executed: "no" });
}
