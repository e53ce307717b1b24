import type { HostOptions, Isolation, LoadOptions } from "tau-host";
import { fixture, openWorkspace, type Workspace } from "./workspace.ts";

/** A host with an extension, `evaluates`, that runs what it is told to. */
export async function openEvaluating(
  isolation: Isolation,
  load: LoadOptions = {},
  host?: HostOptions,
): Promise<Workspace> {
  const workspace = await openWorkspace(host);
  await workspace.load(fixture("evaluates.mjs"), { id: "evaluates", isolation, ...load });
  return workspace;
}

/** `code` is the body of an async function of `api`, `args` and `load`. Answers what it returns, as text. */
export async function evaluate(workspace: Workspace, code: string, args: object = {}): Promise<string> {
  return workspace.ask("evaluate", { code, args });
}

/** Of the extension that runs what it is told to. */
export function restartsOf(workspace: Workspace): number | undefined {
  return workspace.host.extensions().find(({ id }) => id === "evaluates")?.restarts;
}
