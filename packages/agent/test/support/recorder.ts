import { EVENTS } from "tau-protocol";
import type { AgentPlace, Payload } from "./agent-place.ts";

export type Heard = [name: string, payload: Payload];

/** An extension that writes down which events reach it, in order. It answers `heard-<id>` with them. */
export function recorder(id: string, events: readonly string[] = Object.keys(EVENTS)): string {
  return `
    const heard: unknown[] = [];
    for (const event of ${JSON.stringify(events)}) api.on(event, (payload: unknown) => { heard.push([event, payload]); });
    tool("heard-${id}", () => JSON.stringify(heard));`;
}

/** What a recorder has heard up to now: the question is behind every event on its channel. */
export async function heardBy(place: AgentPlace, id: string): Promise<Heard[]> {
  return JSON.parse(await place.ask(`heard-${id}`)) as Heard[];
}

/** One line for each event, without what differs from run to run. */
export function story(heard: readonly Heard[]): string[] {
  return heard.flatMap(([name, payload]) => {
    const line = describe(name, payload);
    return line === undefined ? [] : [line];
  });
}

function describe(name: string, payload: Payload): string | undefined {
  const say = (...facts: unknown[]): string => [name, ...facts].join(" ");
  switch (name) {
    case "message_start":
      return say(payload["role"]);
    case "message_end":
      return say(payload["role"], JSON.stringify(texts(payload["content"])));
    case "message_update":
      return say(JSON.stringify((payload["delta"] as Payload)["text"]));
    case "turn_start":
      return say(payload["turn"]);
    case "turn_end":
      return say(payload["turn"], payload["toolCalls"], payload["stopReason"]);
    case "agent_end":
      return say(payload["stopReason"], payload["turns"]);
    case "context":
      return say((payload["messages"] as Payload[]).map(({ role }) => role).join(","));
    case "tool_execution_end":
      return say(payload["callId"], payload["isError"] === true ? "failed" : "done");
    case "tool_result":
      return say(payload["callId"], JSON.stringify(texts(payload["content"])));
    case "after_provider_response":
      return say(payload["status"]);
    case "extension_state":
      return say(payload["extension"], payload["state"], payload["generation"]);
    case "ui_prompt_start":
      return say(payload["kind"], JSON.stringify(payload["title"]));
    case "ui_prompt_end":
      return say(payload["dismissed"] === true ? "dismissed" : "answered");
    default: {
      const known = ["callId", "tool", "caller", "prompt", "text", "source", "command", "model", "previous", "reason"];
      return say(...known.flatMap((field) => (field in payload ? [String(payload[field])] : [])));
    }
  }
}

function texts(content: unknown): string {
  return (content as { text?: string }[]).map(({ text }) => text ?? "<image>").join("");
}
