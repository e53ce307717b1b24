import type { ReadStream, WriteStream } from "node:tty";
import { type Agent, OFFLINE_MODEL } from "tau-agent";
import type { JsonObject } from "tau-protocol";
import { systemClock } from "tau-rpc";
import type { AgentFlags } from "../agent/flags.ts";
import { openAgent } from "../agent/open-agent.ts";
import { ChangeNotes } from "../change-notes.ts";
import type { TauContext } from "../context.ts";
import { openControl } from "../control/open-control.ts";
import { aborted } from "../interrupt.ts";
import { Console } from "./console.ts";
import { Conversation } from "./conversation.ts";
import { Transcript } from "./transcript.ts";
import { askTrust } from "./trust-question.ts";

export interface ConversationStart {
  flags: AgentFlags;
  extensionFlags: JsonObject;
  /** What the user says first. */
  message: string;
}

/** A conversation in the terminal, until the user leaves. The terminal is given back as it was, however that comes. */
export async function converse(context: TauContext, start: ConversationStart): Promise<void> {
  const left = new AbortController();
  const signal = AbortSignal.any([context.signal, left.signal]);
  const { stdin, stdout, env } = context.process;
  const console = new Console({
    stdin: stdin as ReadStream,
    stdout: stdout as WriteStream,
    env,
    clock: systemClock,
    colors: context.terminal.colors,
    quit: () => left.abort(),
  });
  // What is told on the way is part of the conversation: on stderr it would write over it.
  const print = (text: string): void => console.display.print(text);
  const { colors } = context.terminal;
  const shown = { ...context, signal, terminal: { print, note: print, colors, noteColors: colors } };
  let parting: string | undefined;
  await console.open();
  try {
    parting = await talk(shown, start, console);
  } catch (error) {
    // Leaving while it starts ends the start.
    if (!left.signal.aborted) throw error;
  } finally {
    console.close();
  }
  if (parting !== undefined) context.terminal.note(context.terminal.noteColors.dim(parting));
  context.signal.throwIfAborted();
}

/** Answers what is said when it is over. */
async function talk(context: TauContext, start: ConversationStart, console: Console): Promise<string | undefined> {
  const { terminal, signal } = context;
  const notes = new ChangeNotes(terminal);
  console.display.setActivity("starting");
  const agent = await openAgent({
    context,
    flags: start.flags,
    extensionFlags: start.extensionFlags,
    user: console.user.interface,
    askTrust: (untrusted) => askTrust(untrusted, console.questions, signal),
    onFailure: (error) => notes.fail(error),
  });
  const control = await openControl(agent.host, context, "tau");
  try {
    const { display, questions, history, line } = console;
    display.setActivity(undefined);
    const transcript = new Transcript(display, terminal.colors);
    const conversation = new Conversation({
      agent,
      display,
      transcript,
      questions,
      history,
      colors: terminal.colors,
      signal,
      quit: console.quit,
      fail: (error) => notes.fail(error),
      giveBack: (text) => line.giveBack(text),
    });
    agent.on((event) => transcript.hear(event));
    agent.host.on("error", (error) => notes.fail(error));
    agent.host.on("extension", (change) => {
      if (signal.aborted) return;
      notes.tell(change);
      // A new version shows anew what it has to show.
      if (change.to !== change.from && change.to !== "ready") console.user.forget(change.extensionId);
    });
    agent.host.watch();
    console.attach(conversation);
    if (agent.session.messages().length > 0) conversation.showConversation();
    else display.print(terminal.colors.dim(greeting(agent)));
    if (start.message !== "") conversation.submit(start.message, "now");
    await aborted(signal);
    return agent.session.messages().length === 0 ? undefined : `To go on: tau --resume ${agent.session.id}`;
  } finally {
    await control?.close();
    await agent.close();
  }
}

function greeting(agent: Agent): string {
  const { model } = agent.model;
  const offline =
    model === OFFLINE_MODEL ? ` ${model} needs no network: try \`use ls\`. Others: -m provider/model.` : "";
  return `/help tells what there is to type.${offline}`;
}
