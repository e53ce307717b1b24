import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostOptions, LoadOptions, ToolResult } from "tau-host";
import { afterAll } from "vitest";
import { openWorkspace, type Workspace } from "../../../host/test/support/workspace.ts";

export const CODING_TOOLS = fileURLToPath(new URL("../..", import.meta.url));

/** Makes workspaces in which the coding tools are loaded. All of a file share the bundle, so that it is built once. */
export function toolsOpener(): (options?: HostOptions, load?: LoadOptions) => Promise<Workspace> {
  const cacheDir = mkdtempSync(join(tmpdir(), "tau-coding-tools-"));
  afterAll(() => rmSync(cacheDir, { recursive: true, force: true }));
  return async (options = {}, load = {}) => {
    const workspace = await openWorkspace({ cacheDir, cancelGraceMs: 5000, ...options });
    await workspace.load(CODING_TOOLS, load);
    return workspace;
  };
}

export function textOf({ content }: ToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : `<${part.mimeType}>`)).join("\n");
}
