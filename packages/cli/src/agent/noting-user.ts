import type { UserInterface } from "tau-agent";
import { plain } from "../plain-text.ts";
import type { Terminal } from "../terminal.ts";

/** Somebody who reads stderr and can't be asked: prompts are answered `unavailable`, notices are shown. */
export function notingUser({ note, noteColors }: Terminal): UserInterface {
  const paint = { info: String, warn: noteColors.yellow, error: noteColors.red };
  return {
    notify: ({ message, level = "info" }, extensionId) =>
      note(`${noteColors.dim(`${plain(extensionId)}:`)} ${paint[level](plain(message))}`),
  };
}
