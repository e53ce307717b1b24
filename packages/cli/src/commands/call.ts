import type { Host } from "tau-host";
import { runCommand, type TauContext } from "../context.ts";
import { EXIT_CODES } from "../errors.ts";
import type { ExtensionFlags } from "../extension-flags.ts";
import { printResult, textOf } from "../print-result.ts";
import { readArguments } from "../read-arguments.ts";
import { withHost } from "../with-host.ts";

export interface CallFlags extends ExtensionFlags {
  readonly json?: boolean;
}

/** `tau call`: one tool, once, without a model; or again after each change. */
export default async function call(this: TauContext, flags: CallFlags, tool: string, json?: string): Promise<void> {
  const { terminal } = this;
  await runCommand(this, async () => {
    const input = await readArguments(json, this);
    const run = async (host: Host, signal: AbortSignal): Promise<void> => {
      const onProgress = ({ content }: { content: Parameters<typeof textOf>[0][] }): void => {
        for (const piece of content) terminal.note(terminal.noteColors.dim(textOf(piece)));
      };
      const result = await host.call(tool, input, { signal, onProgress });
      printResult(result, terminal, flags);
      if (result.isError === true) this.exitCode = EXIT_CODES.failed;
    };
    await withHost(this, flags, { title: `tau call ${tool}`, repeatAfter: ["reloaded"], run });
  });
}
