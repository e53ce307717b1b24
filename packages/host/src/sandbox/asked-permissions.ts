import { join, resolve } from "node:path";
import { TauError } from "tau-protocol";
import { asRecord } from "../as-record.ts";
import { readRegular } from "../read-regular.ts";
import { type ExtensionSource, isSourceFile } from "../source.ts";
import { checkPermissions, type Permissions } from "./permissions.ts";

/** In a comment of any language: `// tau.permissions: { … }` or `# tau.permissions: { … }`, on one line. */
const IN_SOURCE = /^\s*(?:\/\/|#|--)\s*tau\.permissions:\s*(\{.*\})\s*$/m;

/** An extension says what it asks for near its beginning, where people see it, in UTF-16 units. */
const HEAD_LENGTH = 8192;

/**
 * What an extension asks to reach, by its own word: in the `tau.permissions` of its `package.json`, or in a comment of its source file.
 * Asking gives nothing. `{}` where it asks for nothing, and for commands, which have no place to ask.
 * @throws TauError `manifest-invalid` for what is no permission
 */
export async function readAskedPermissions(source: ExtensionSource, cwd: string): Promise<Permissions> {
  if (typeof source !== "string") return {};
  const path = resolve(cwd, source);
  const file = isSourceFile(path) ? path : join(path, "package.json");
  const text = await readRegular(file).catch((error: NodeJS.ErrnoException) => {
    // Whoever loads it is told what is missing.
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return "";
    throw error;
  });
  try {
    const asked = file === path ? inSource(text) : inManifest(text);
    return checkPermissions((asked ?? {}) as Permissions);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `Expected ${file} to say what it asks for as { "files": { "read": [], "write": [] }, "programs": [], "network": [], "environment": [], "limits": {} }: ${why}`;
    throw new TauError("manifest-invalid", message, { executed: "no", phase: "resolve", cause: error });
  }
}

function inSource(text: string): unknown {
  const found = IN_SOURCE.exec(text.slice(0, HEAD_LENGTH))?.[1];
  return found === undefined ? undefined : JSON.parse(found);
}

function inManifest(text: string): unknown {
  return text === "" ? undefined : asRecord(asRecord(JSON.parse(text))["tau"])["permissions"];
}
