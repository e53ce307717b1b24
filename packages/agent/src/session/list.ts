import { type FileHandle, open, stat } from "node:fs/promises";
import { textOf } from "../message.ts";
import { decodeLine, type Line } from "./line.ts";
import type { SessionPlace } from "./places.ts";
import { NAME_WITHIN_BYTES } from "./session.ts";

/** A session, as far as its file's ends tell. */
export interface SessionInfo {
  id: string;
  path: string;
  /** Absent where its first line can't be read. */
  cwd?: string;
  name?: string;
  /** How the user's first message begins. */
  preview?: string;
  /** ISO 8601. */
  createdAt: string;
  changedAt: string;
  bytes: number;
}

const HEAD_BYTES = 16 * 1024;
const PREVIEW_LENGTH = 120;

/** The sessions, last changed first. Reads the ends of as many as are asked for, and no others. */
export async function describeSessions(places: readonly SessionPlace[], limit: number): Promise<SessionInfo[]> {
  const found = await Promise.all(places.map(changeOf));
  const newest = found
    .flatMap((one) => one ?? [])
    .sort((a, b) => b.changedMs - a.changedMs || (a.place.path < b.place.path ? 1 : -1))
    .slice(0, limit);
  const infos = await Promise.all(newest.map(({ place }) => describe(place)));
  return infos.flatMap((info) => info ?? []);
}

async function changeOf(place: SessionPlace): Promise<{ place: SessionPlace; changedMs: number } | undefined> {
  const { mtimeMs } = (await ignoreMissing(stat(place.path))) ?? {};
  return mtimeMs === undefined ? undefined : { place, changedMs: mtimeMs };
}

async function describe(place: SessionPlace): Promise<SessionInfo | undefined> {
  const handle = await ignoreMissing(open(place.path, "r"));
  if (handle === undefined) return undefined;
  try {
    const { size, mtime } = await handle.stat();
    const head = await linesAt(handle, 0, Math.min(size, HEAD_BYTES));
    const from = Math.max(0, size - NAME_WITHIN_BYTES);
    const tail =
      from < HEAD_BYTES ? head.concat(await linesAt(handle, HEAD_BYTES, size)) : await linesAt(handle, from, size);
    const header = head.find((line) => line.kind === "header")?.header;
    const name = nameIn(tail);
    const preview = previewIn(head);
    return {
      ...place,
      ...(header?.cwd === undefined ? {} : { cwd: header.cwd }),
      ...(name === undefined ? {} : { name }),
      ...(preview === undefined ? {} : { preview }),
      changedAt: mtime.toISOString(),
      bytes: size,
    };
  } finally {
    await handle.close();
  }
}

/** The whole lines between two places; what the places cut through is none. */
async function linesAt(handle: FileHandle, from: number, to: number): Promise<Line[]> {
  if (to <= from) return [];
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
  const texts = buffer.toString("utf8", 0, bytesRead).split("\n");
  return texts.flatMap((text) => decodeLine(text) ?? []);
}

function nameIn(lines: readonly Line[]): string | undefined {
  for (const line of lines.toReversed()) {
    if (line.kind === "repeat") return line.name || undefined;
    if (line.kind === "entry" && line.entry.type === "name") return line.entry.name || undefined;
  }
  return undefined;
}

function previewIn(lines: readonly Line[]): string | undefined {
  for (const line of lines) {
    if (line.kind !== "entry" || line.entry.type !== "message" || line.entry.message.role !== "user") continue;
    const text = textOf(line.entry.message.content).replaceAll(/\s+/g, " ").trim();
    if (text !== "") return text.length > PREVIEW_LENGTH ? `${text.slice(0, PREVIEW_LENGTH)}…` : text;
  }
  return undefined;
}

/** Somebody may delete a session while others look at it. */
async function ignoreMissing<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  return promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
}
