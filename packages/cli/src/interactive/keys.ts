import { emitKeypressEvents } from "node:readline";
import type { ReadStream } from "node:tty";
import { plain } from "../plain-text.ts";

/** What the user did: a key, or a text pasted at once. */
export type Key = { kind: "text"; text: string } | { kind: "paste"; text: string } | { kind: "key"; name: KeyName };

export type KeyName =
  | "enter"
  | "alt-enter"
  | "newline"
  | "escape"
  | "tab"
  | "up"
  | "down"
  | "left"
  | "right"
  | "word-left"
  | "word-right"
  | "home"
  | "end"
  | "backspace"
  | "delete"
  | "cut-word"
  | "cut-start"
  | "cut-end"
  | "yank"
  | "interrupt"
  | "end-of-input"
  | "suspend"
  | "redraw";

/** What readline makes of bytes. */
interface Pressed {
  sequence?: string;
  name?: string;
  ctrl?: boolean;
  meta?: boolean;
  shift?: boolean;
}

/** An Escape that nothing follows for so long is the key, in milliseconds. */
const ESCAPE_MS = 50;

/** Reads keys off a terminal that is in raw mode. The answer stops it. */
export function readKeys(stdin: ReadStream, onKey: (key: Key) => void): () => void {
  // The types want an interface, of which this is all that is used.
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as never);
  let pasted: string | undefined;
  const listener = (text: string | undefined, pressed: Pressed): void => {
    if (pressed.name === "paste-start") pasted = "";
    else if (pressed.name === "paste-end") {
      const text = plain(pasted ?? "");
      pasted = undefined;
      if (text !== "") onKey({ kind: "paste", text });
    } else if (pasted !== undefined) pasted += text ?? pressed.sequence ?? "";
    else {
      const key = keyOf(text, pressed);
      if (key !== undefined) onKey(key);
    }
  };
  stdin.on("keypress", listener);
  return () => void stdin.off("keypress", listener);
}

const CONTROL: Readonly<Record<string, KeyName>> = {
  a: "home",
  b: "left",
  c: "interrupt",
  d: "end-of-input",
  e: "end",
  f: "right",
  h: "backspace",
  k: "cut-end",
  l: "redraw",
  n: "down",
  p: "up",
  u: "cut-start",
  w: "cut-word",
  y: "yank",
  z: "suspend",
  left: "word-left",
  right: "word-right",
  backspace: "cut-word",
};

const ALT: Readonly<Record<string, KeyName>> = {
  return: "alt-enter",
  enter: "alt-enter",
  b: "word-left",
  f: "word-right",
  left: "word-left",
  right: "word-right",
  backspace: "cut-word",
};

const PLAIN: Readonly<Record<string, KeyName>> = {
  return: "enter",
  // Ctrl-J, which every terminal has.
  enter: "newline",
  escape: "escape",
  tab: "tab",
  up: "up",
  down: "down",
  left: "left",
  right: "right",
  home: "home",
  end: "end",
  backspace: "backspace",
  delete: "delete",
};

/** Terminals that tell Shift-Enter and Alt-Enter apart say it so. Source: https://sw.kovidgoyal.net/kitty/keyboard-protocol/ */
const SEQUENCES: Readonly<Record<string, KeyName>> = {
  "\u001B[13;2u": "newline",
  "\u001B[13;3u": "alt-enter",
  "\u001B[13u": "enter",
  "\u001B[27u": "escape",
};

function keyOf(text: string | undefined, { sequence = "", name = "", ctrl, meta }: Pressed): Key | undefined {
  const table = ctrl === true ? CONTROL : meta === true && name !== "escape" ? ALT : PLAIN;
  const known = SEQUENCES[sequence] ?? (Object.hasOwn(table, name) ? table[name] : undefined);
  if (known !== undefined) return { kind: "key", name: known };
  if (ctrl === true || meta === true || text === undefined) return undefined;
  const typed = plain(text);
  // A sequence that nobody knows ends in nothing.
  return sequence.startsWith("\u001B") || typed === "" ? undefined : { kind: "text", text: typed };
}
