import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { ExtensionApi } from "tau-ext";

const NAMES = [".env", ".env.*", ".git", "node_modules", "*.pem", "id_*"];

export default function setup(api: ExtensionApi) {
  const { names = NAMES } = api.config as { names?: string[] };
  const patterns = names.map((name) => [name, asPattern(name)] as const);

  api.on("tool_call", ({ tool, input }) => {
    const { path } = input;
    if ((tool !== "write" && tool !== "edit") || typeof path !== "string") return undefined;
    const parts = realPath(resolve(api.cwd, path)).split(sep);
    const [name] = patterns.find(([, pattern]) => parts.some((part) => pattern.test(part))) ?? [];
    return name === undefined ? undefined : { block: `\`${path}\` is protected (${name}). Ask the user to change it` };
  });
}

/** Where a path leads, links followed; what does not exist yet is beside what does. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function asPattern(name: string): RegExp {
  const parts = name.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i");
}
