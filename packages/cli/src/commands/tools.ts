import type { ExtensionInfo, Host, ToolDescriptor } from "tau-host";
import { runCommand, type TauContext } from "../context.ts";
import { describeParameters } from "../describe-parameters.ts";
import type { ExtensionFlags } from "../extension-flags.ts";
import type { Terminal } from "../terminal.ts";
import { withHost } from "../with-host.ts";

export interface ToolsFlags extends ExtensionFlags {
  readonly json?: boolean;
}

/** `tau tools`: what extensions offer. */
export default async function tools(this: TauContext, flags: ToolsFlags): Promise<void> {
  const { terminal } = this;
  const run = async (host: Host): Promise<void> => {
    const blocks = (): string[] => host.extensions().map((extension) => describe(extension, host, terminal));
    terminal.print(flags.json === true ? JSON.stringify(host.tools(), undefined, 2) : blocks().join("\n\n"));
  };
  const work = { title: "tau tools", repeatAfter: ["reloaded", "tools changed"], run };
  await runCommand(this, () => withHost(this, flags, work));
}

function toolsOf(id: string, host: Host): ToolDescriptor[] {
  return host.tools().filter(({ extensionId }) => extensionId === id);
}

function describe({ id, events, hooks }: ExtensionInfo, host: Host, terminal: Terminal): string {
  const blocks = toolsOf(id, host).map((tool) => describeTool(tool, terminal));
  if (blocks.length === 0) {
    const heard = events.length === 0 ? "" : ` It hears of ${events.join(", ")}.`;
    const decided = hooks.length === 0 ? "" : ` It decides on ${hooks.join(", ")}.`;
    blocks.push(`${terminal.colors.bold(id)} offers no tools.${heard}${decided}`);
  }
  return blocks.join("\n\n");
}

function describeTool(
  { name, label, description, parameters, extensionId }: ToolDescriptor,
  terminal: Terminal,
): string {
  const { bold, dim } = terminal.colors;
  const title = label === undefined || label === name ? "" : `  ${label}`;
  const fields = describeParameters(parameters);
  return [
    `${bold(name)}${title}  ${dim(`(${extensionId})`)}`,
    ...description.split("\n").map((line) => `  ${line}`),
    `  ${dim(fields === "" ? "no parameters" : `{ ${fields} }`)}`,
  ].join("\n");
}
