import { existsSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { TauError } from "tau-protocol";
import { asRecord } from "../as-record.ts";
import { readRegular } from "../read-regular.ts";
import { COMPONENT_EXTENSION, type ExtensionSource, isSourceFile } from "../source.ts";
import { readComponentPermissions } from "../wasm/permissions-section.ts";
import { checkPermissions, type Permissions } from "./permissions.ts";

/** In a comment of any language: `// tau.permissions: { … }` or `# tau.permissions: { … }`, on one line. */
const IN_SOURCE = /^\s*(?:\/\/|#|--)\s*tau\.permissions:\s*(\{.*\})\s*$/m;

/** An extension says what it asks for near its beginning, where people see it, in UTF-16 units. */
const HEAD_LENGTH = 8192;

/**
 * What an extension asks to reach, by its own word: in the `tau.permissions` of its `package.json`, the `package.metadata.tau.permissions`
 * of its `Cargo.toml`, a comment of its source file, or a section of its component.
 * Asking gives nothing. `{}` where it asks for nothing, and for commands, which have no place to ask.
 * @throws TauError `manifest-invalid` for what is no permission
 */
export async function readAskedPermissions(source: ExtensionSource, cwd: string): Promise<Permissions> {
  if (typeof source !== "string") return {};
  const path = resolve(cwd, source);
  const { file, read } = placeOf(path);
  try {
    const asked = await read(file).catch((error: NodeJS.ErrnoException) => {
      // Whoever loads it is told what is missing.
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw error;
    });
    return checkPermissions((asked ?? {}) as Permissions);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `Expected ${file} to say what it asks for as { "files": { "read": [], "write": [] }, "programs": [], "network": [], "environment": [], "limits": {} }: ${why}`;
    throw new TauError("manifest-invalid", message, { executed: "no", phase: "resolve", cause: error });
  }
}

interface Place {
  file: string;
  /** Rejects with what the system says, and for what can't be read. */
  read: (file: string) => Promise<unknown>;
}

/** Where it asks, if it does. */
function placeOf(path: string): Place {
  if (extname(path) === COMPONENT_EXTENSION) return { file: path, read: inSection };
  if (isSourceFile(path)) return { file: path, read: inSource };
  const [manifest, cargo] = [join(path, "package.json"), join(path, "Cargo.toml")];
  return existsSync(manifest) || !existsSync(cargo)
    ? { file: manifest, read: inManifest }
    : { file: cargo, read: inCargo };
}

async function inSource(file: string): Promise<unknown> {
  const found = IN_SOURCE.exec((await readRegular(file)).slice(0, HEAD_LENGTH))?.[1];
  return found === undefined ? undefined : JSON.parse(found);
}

async function inManifest(file: string): Promise<unknown> {
  return asRecord(asRecord(JSON.parse(await readRegular(file)))["tau"])["permissions"];
}

async function inCargo(file: string): Promise<unknown> {
  const { parse } = await import("smol-toml");
  const { package: own } = parse(await readRegular(file)) as { package?: { metadata?: unknown } };
  return asRecord(asRecord(own?.metadata)["tau"])["permissions"];
}

async function inSection(file: string): Promise<unknown> {
  const found = await readComponentPermissions(file);
  return found === undefined ? undefined : JSON.parse(found);
}
