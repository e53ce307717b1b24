import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";

/** No manifest and no source is longer, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * A file's text. What an extension can write it can also make a pipe, and opening one waits until somebody writes: for ever, and with it
 * one of the few threads that all reading is done in. Looking first and opening then would leave a moment for the change.
 * @throws what the system says, and an error with the code `EINVAL` for what is no file, `EFBIG` for one of more than 64 MiB
 */
export async function readRegular(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw notFile(path);
    if (info.size > MOST_BYTES) throw tooLong(path, info.size);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** The first bytes of a file, at most as many as are named. @throws as {@link readRegular} */
export function readBeginning(path: string, bytes: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw notFile(path);
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(fd, buffer));
  } finally {
    closeSync(fd);
  }
}

function tooLong(path: string, bytes: number): Error {
  return Object.assign(new Error(`Expected at most ${MOST_BYTES} bytes at ${path}, got ${bytes}.`), { code: "EFBIG" });
}

function notFile(path: string): Error {
  return Object.assign(new Error(`Expected a file at ${path}, got something else.`), { code: "EINVAL" });
}
