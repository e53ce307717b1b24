import type { Stage } from "../stage.ts";

const TURN = ["turn_start", "tool_execution_start", "tool_execution_end", "turn_end"];
const EXPECTED = ["session_start", "agent_start", ...TURN, ...TURN, "turn_start", "turn_end", "agent_end"];

export function readTheLog({ narrator }: Stage, log: readonly string[]): void {
  narrator.chapter(
    "An extension heard all of it",
    "lifecycle-logger subscribes to events and wrote a line for each. The agent tells and",
    "goes on: an extension that listens slowly, or dies, delays nothing.",
  );
  for (const line of log) narrator.text(shorten(line));
  const events = log.map((line) => line.split(" ")[0]);
  narrator.expect(String(events) === String(EXPECTED), "each event was heard once and in order", events);
}

const MAX_WIDTH = 92;

function shorten(line: string): string {
  return line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH)}…` : line;
}
