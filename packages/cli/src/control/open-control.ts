import type { Host } from "tau-host";
import type { TauContext } from "../context.ts";
import { type ControlServer, serveControl } from "./server.ts";

/** Whatever runs works without it, so that it can't be had is told and ends nothing. */
export async function openControl(
  host: Host,
  { terminal, process }: TauContext,
  title: string,
): Promise<ControlServer | undefined> {
  try {
    return await serveControl(host, { title, env: process.env });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    terminal.note(`${terminal.noteColors.yellow("warning:")} \`tau ext\` can't reach this process: ${text}`);
    return undefined;
  }
}
