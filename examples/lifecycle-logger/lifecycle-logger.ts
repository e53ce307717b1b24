import type { ExtensionApi } from "tau-ext";

/** The events it hears, and what is worth telling of each. */
const FIELDS = {
  session_start: ["sessionId", "reason"],
  agent_start: ["prompt"],
  turn_start: ["turn"],
  tool_execution_start: ["tool", "input"],
  tool_execution_end: ["tool", "isError", "durationMs"],
  turn_end: ["turn", "toolCalls", "stopReason"],
  agent_end: ["turns", "stopReason"],
  session_shutdown: ["sessionId", "reason"],
} as const;

export default function setup(api: ExtensionApi) {
  for (const name of Object.keys(FIELDS) as (keyof typeof FIELDS)[]) {
    api.on(name, (event) => {
      const fields: Readonly<Record<string, unknown>> = event;
      const facts = FIELDS[name].map((field) => `${field}=${JSON.stringify(fields[field])}`);
      api.log.info(`${name.padEnd(21)} ${facts.join(" ")}`);
    });
  }
}
