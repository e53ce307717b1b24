import { nearest } from "tau-host";
import type { JsonObject } from "tau-protocol";
import type { AgentFlags } from "../agent/flags.ts";
import { printEvents } from "../agent/json-mode.ts";
import { notingUser } from "../agent/noting-user.ts";
import { openAgent } from "../agent/open-agent.ts";
import { printAnswer } from "../agent/print-mode.ts";
import { readPiped } from "../agent/read-stdin.ts";
import { RpcServer } from "../agent/rpc-mode.ts";
import { runCommand, type TauContext } from "../context.ts";
import { openControl } from "../control/open-control.ts";
import { wrongUsage } from "../errors.ts";
import { reportError } from "../report-error.ts";

/** `tau [message]`: a conversation, or one answer. */
export default async function agent(this: TauContext, flags: AgentFlags, ...words: string[]): Promise<void> {
  await runCommand(this, async () => {
    const { extensionFlags } = this;
    if (flags.mode === "rpc") return serveRpc(this, flags, extensionFlags);
    const { stdin } = this.process;
    const isTerminal = stdin.isTTY === true && this.process.stdout.isTTY === true;
    const isOneAnswer = flags.print === true || flags.mode === "json" || !isTerminal;
    refuseTypo(words);
    const message = words.join(" ");
    if (!isOneAnswer) {
      const { converse } = await import("../interactive/converse.ts");
      return converse(this, { flags, extensionFlags, message });
    }
    const prompt = [message, (await readPiped(stdin)).trimEnd()].filter((part) => part !== "").join("\n\n");
    if (prompt === "")
      throw wrongUsage('Expected a message, got none. Write it behind the command, such as tau -p "What is in here?"');
    const opened = await openAgent({
      context: this,
      flags,
      extensionFlags,
      user: notingUser(this.terminal),
      onFailure: (error) => void reportError(error, this.terminal),
    });
    try {
      await (flags.mode === "json" ? printEvents : printAnswer)(opened, prompt, this);
    } finally {
      await opened.close();
    }
  });
}

async function serveRpc(context: TauContext, flags: AgentFlags, extensionFlags: JsonObject): Promise<void> {
  const server = new RpcServer(context.process);
  const agent = await openAgent({
    context,
    flags,
    extensionFlags,
    user: server.user,
    onFailure: (error) => void reportError(error, context.terminal),
  });
  const control = await openControl(agent.host, context, "tau --mode rpc");
  try {
    agent.host.watch();
    server.serve(agent);
    await Promise.race([
      server.closed,
      new Promise((resolve) => context.signal.addEventListener("abort", resolve, { once: true })),
    ]);
    context.signal.throwIfAborted();
  } finally {
    await control?.close();
    await agent.close();
  }
}

const COMMANDS = ["call", "tools", "ext", "demo"];

/** One word that is nearly a command is one that was mistyped, and no message for a model that costs money. */
function refuseTypo(words: readonly string[]): void {
  const [word, ...others] = words;
  if (word === undefined || others.length > 0) return;
  const [near] = nearest(word, COMMANDS);
  if (near !== undefined && near !== word)
    throw wrongUsage(
      `There is no command \`${word}\`. Did you mean \`tau ${near}\`? To say it to the agent: tau -- ${word}, or in more words.`,
    );
}
