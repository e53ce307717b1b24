import type { Agent } from "tau-agent";
import type { TauContext } from "../context.ts";
import { EXIT_CODES } from "../errors.ts";

/** `tau --mode json`: every event as a line of JSON, `{ "event": name, … payload }`, and at last the result. */
export async function printEvents(agent: Agent, prompt: string, context: TauContext): Promise<void> {
  const { terminal, signal } = context;
  const print = (value: object): void => terminal.print(JSON.stringify(value));
  print({ event: "session_start", sessionId: agent.session.id, path: agent.session.path });
  const stop = agent.on(({ name, payload }) => print({ event: name, ...payload }));
  const { error, ...result } = await agent.prompt(prompt, { signal });
  stop();
  print({
    event: "result",
    ...result,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  });
  signal.throwIfAborted();
  if (result.stopReason !== "end") context.exitCode = EXIT_CODES.failed;
}
