import { type ExtensionRequests, TauError } from "tau-protocol";
import type { RequestHandler } from "tau-rpc";

/** Requests that need more than a host: a user, a model, a session. An agent brings them. */
const NEEDS_AN_AGENT = [
  "tool/call",
  "ui/confirm",
  "ui/select",
  "ui/input",
  "ui/editor",
  "model/generate",
  "message/send",
  "message/sendUser",
  "session/append",
  "session/entries",
  "session/branch",
  "session/getName",
  "session/setName",
  "agent/getActiveTools",
  "agent/setActiveTools",
  "agent/getModel",
  "agent/setModel",
  "agent/getContextUsage",
  "agent/abort",
  "agent/compact",
  "agent/reload",
] as const satisfies readonly (keyof ExtensionRequests)[];

/** Answers them all with `unavailable`: the extension knows at once, and can do without. */
export function unavailableRequests(): Record<string, RequestHandler> {
  return Object.fromEntries(NEEDS_AN_AGENT.map((method) => [method, () => refuse(method)]));
}

function refuse(method: string): never {
  throw new TauError(
    "unavailable",
    `This host has nothing that could answer \`${method}\`: no agent is attached to it.`,
    {
      executed: "no",
    },
  );
}
