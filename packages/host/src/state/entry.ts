/** What one line of a log says. */
export type LogEntry =
  /** The first line: in which format the rest is, and whose it is. */
  | { kind: "header"; format: number; extension: string }
  /** A value, as JSON. */
  | { kind: "set"; by: string; key: string; text: string; ifRevision: number | undefined }
  | { kind: "delete"; by: string; key: string; ifRevision: number | undefined }
  /** A value as it was when the log before this one was sealed. */
  | { kind: "kept"; key: string; text: string; revision: number }
  /** Nothing behind this counts: the next log goes on from here. */
  | { kind: "seal" };

/** Everything of an entry but its value, as it stands in the line. */
interface Head {
  format?: unknown;
  extension?: unknown;
  by?: unknown;
  set?: unknown;
  delete?: unknown;
  keep?: unknown;
  if?: unknown;
  revision?: unknown;
  seal?: unknown;
}

const CHECKSUM_LENGTH = 8;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * `<checksum> <head>` and, behind a tab, the value's JSON. The newline in front ends whatever a writer that was killed has left
 * unfinished, so that it costs nobody else's line.
 */
export function encodeEntry(entry: LogEntry): string {
  const text = "text" in entry ? `\t${entry.text}` : "";
  const body = `${JSON.stringify(headOf(entry))}${text}`;
  return `\n${crc32(body).toString(16).padStart(CHECKSUM_LENGTH, "0")} ${body}\n`;
}

/** A line without its newlines. `undefined`: this is no line that was written whole. */
export function decodeEntry(line: Buffer): LogEntry | undefined {
  const body = line.subarray(CHECKSUM_LENGTH + 1);
  const checksum = Number.parseInt(line.toString("latin1", 0, CHECKSUM_LENGTH), 16);
  if (line[CHECKSUM_LENGTH] !== SPACE || checksum !== crc32(body)) return undefined;
  const tab = body.indexOf(TAB);
  const head = JSON.parse(body.toString("utf8", 0, tab === -1 ? body.length : tab)) as Head;
  return readHead(head, tab === -1 ? "" : body.toString("utf8", tab + 1));
}

/** Loaded with the first line that is written or read, and at once: 2 ms, which most hosts start without. */
function crc32(data: string | Buffer): number {
  return process.getBuiltinModule("node:zlib").crc32(data);
}

function headOf(entry: LogEntry): Head {
  switch (entry.kind) {
    case "header":
      return { format: entry.format, extension: entry.extension };
    case "set":
      return { by: entry.by, set: entry.key, if: entry.ifRevision };
    case "delete":
      return { by: entry.by, delete: entry.key, if: entry.ifRevision };
    case "kept":
      return { keep: entry.key, revision: entry.revision };
    case "seal":
      return { seal: true };
  }
}

function readHead(head: Head, text: string): LogEntry | undefined {
  const by = String(head.by);
  const ifRevision = typeof head.if === "number" ? head.if : undefined;
  if (typeof head.format === "number") {
    return { kind: "header", format: head.format, extension: String(head.extension) };
  }
  if (typeof head.set === "string") return { kind: "set", by, key: head.set, text, ifRevision };
  if (typeof head.delete === "string") return { kind: "delete", by, key: head.delete, ifRevision };
  if (typeof head.keep === "string") return { kind: "kept", key: head.keep, text, revision: Number(head.revision) };
  return head.seal === true ? { kind: "seal" } : undefined;
}
