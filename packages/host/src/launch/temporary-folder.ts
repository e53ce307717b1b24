import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LaunchParams } from "./messages.ts";

/** A temporary folder of one process's own, in place of the one that everybody sees. */
export interface TemporaryFolder {
  /** What is launched, with the folder's path wherever that stands. */
  params: LaunchParams;
  /** When nothing of the process is left. */
  remove(): void;
}

/** @param directory where the launcher keeps what is its own */
export function makeTemporaryFolder(params: LaunchParams, directory: string): TemporaryFolder {
  const { temporaryFolder: placeholder, token, args, env } = params;
  if (placeholder === undefined) return { params, remove: () => {} };
  const folder = join(directory, `${token}.tmp`);
  mkdirSync(folder, { mode: 0o700 });
  const fill = (text: string): string => (text === placeholder ? folder : text);
  const filled = Object.entries(env).map(([name, value]) => [name, fill(value)]);
  return {
    params: {
      ...params,
      args: args.map((arg) => fill(arg)),
      env: Object.fromEntries(filled) as Record<string, string>,
    },
    remove: () => remove(folder),
  };
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // A folder in it that nobody may list: it goes with all that is the launcher's, or stays as what it is, a temporary file.
  }
}
