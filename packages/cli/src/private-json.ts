import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TauError } from "tau-protocol";

export interface PrivateJson<Value> {
  path: string;
  isRight: (value: unknown) => value is Value;
  /** What the file says: "which folders you trust". */
  about: string;
}

/**
 * A user's own answers, kept as JSON. `{}` where there is no file.
 * @throws TauError `invalid-option` for a file that can't be read: nobody's yes is made up
 */
export async function readPrivateJson<Value>({ path, isRight, about }: PrivateJson<Value>): Promise<Value> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  try {
    const value: unknown = JSON.parse(text);
    if (isRight(value)) return value;
    throw new SyntaxError("something else");
  } catch (error) {
    const why = `Expected ${path} to say ${about}, got ${(error as Error).message}. Delete it to be asked again.`;
    throw new TauError("invalid-option", why, { executed: "no", cause: error });
  }
}

/** In one step, so that whoever reads meanwhile reads all of it. */
export async function writePrivateJson(path: string, value: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify(value), { mode: 0o600 });
  await rename(temporary, path);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
