import { open, readFile } from "node:fs/promises";
import { type ExtensionApi, ToolResult } from "tau-ext";
import { explain, findFile, type FoundFile } from "../files.ts";
import { answering, Problem } from "../problem.ts";
import { count, MAX_BYTES, MAX_LINES, showBytes } from "../sizes.ts";
import type { Workspace } from "../workspace.ts";
import { TextReader } from "./decode.ts";
import { imageTypeOf } from "./image.ts";
import { LineWindow } from "./line-window.ts";

/** Bytes. Providers refuse larger ones. */
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

/** Bytes. Of a larger file the lines behind the window are not counted. */
const MAX_COUNTED_BYTES = 64 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;

export function addRead(api: ExtensionApi, workspace: Workspace): void {
  api.registerTool({
    name: "read",
    label: "Read a file",
    description:
      `Reads a text file, or looks at an image (png, jpg, gif, webp). Answers at most ${MAX_LINES} lines or ` +
      `${MAX_BYTES / 1024} KB at a time; read on with offset.`,
    parameters: {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "The file, seen from the working directory" },
        offset: { type: "integer", minimum: 1, description: "The first line to read; 1 if left out" },
        limit: { type: "integer", minimum: 1, description: "How many lines at most" },
      },
      required: ["path"],
      additionalProperties: false,
    },
    idempotent: true,

    execute: ({ path, offset = 1, limit = MAX_LINES }, { signal }) =>
      answering(signal, async () => {
        const file = await findFile(workspace, path);
        const wanted = { offset, limit: Math.min(limit, MAX_LINES) };
        try {
          return (await readImage(file, signal)) ?? (await readText(file, wanted, signal));
        } catch (error) {
          throw await explain(error, workspace.resolve(path), workspace);
        }
      }),
  });
}

async function readImage({ path, shown, stats }: FoundFile, signal: AbortSignal): Promise<ToolResult | undefined> {
  const mimeType = imageTypeOf(await readHead(path));
  if (mimeType === undefined) return undefined;
  if (stats.size > MAX_IMAGE_BYTES) {
    throw new Problem(
      `${shown} is an image of ${showBytes(stats.size)}; at most ${showBytes(MAX_IMAGE_BYTES)} can be shown. ` +
        "Make a smaller copy with bash and read that.",
    );
  }
  const bytes = await readFile(path, { signal });
  return ToolResult.of(
    [
      { type: "text", text: `${shown}: ${mimeType}, ${showBytes(bytes.length)}` },
      { type: "image", data: bytes.toString("base64"), mimeType },
    ],
    { details: { path: shown, mimeType, bytes: bytes.length } },
  );
}

async function readHead(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
  return buffer.subarray(0, bytesRead);
}

async function readText(
  file: FoundFile,
  wanted: { offset: number; limit: number },
  signal: AbortSignal,
): Promise<ToolResult> {
  const window = new LineWindow(wanted);
  const counted = await fillWindow(window, file, signal);
  const { lines, total } = window;
  const { shown } = file;
  if (total === 0 && counted)
    return ToolResult.text(`(${shown} is empty)`, { details: { path: shown, totalLines: 0 } });
  if (lines.length === 0) {
    throw new Problem(`${shown} has ${count(total, "line")}, so there is no line ${wanted.offset}.`);
  }
  const last = wanted.offset + lines.length - 1;
  const details = { path: shown, firstLine: wanted.offset, lastLine: last, ...(counted ? { totalLines: total } : {}) };
  const text = lines.join("\n");
  if (counted && last === total) return ToolResult.text(text, { details });
  const of = counted ? `${total}` : `many (${showBytes(file.stats.size)})`;
  const note = `[Lines ${wanted.offset} to ${last} of ${of}. Read on with offset ${last + 1}.]`;
  return ToolResult.text(`${text}\n\n${note}`, { details });
}

/** @returns whether all lines were counted */
async function fillWindow(
  window: LineWindow,
  { path, shown, stats }: FoundFile,
  signal: AbortSignal,
): Promise<boolean> {
  const reader = new TextReader(shown);
  await using file = await open(path);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) break;
    window.push(reader.decode(chunk.subarray(0, bytesRead)));
    if (window.isFull && stats.size > MAX_COUNTED_BYTES) return false;
  }
  window.push(reader.end());
  window.end();
  return true;
}
