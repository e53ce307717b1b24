import type { Key } from "./keys.ts";
import type { TextField } from "./text-field.ts";

/** The keys that only edit. False for all others. */
export function editWith(key: Key, field: TextField): boolean {
  if (key.kind !== "key") {
    field.insert(key.text);
    return true;
  }
  const edits: Partial<Record<typeof key.name, () => void>> = {
    left: () => field.moveBy(-1),
    right: () => field.moveBy(1),
    "word-left": () => field.moveByWord(-1),
    "word-right": () => field.moveByWord(1),
    home: () => field.toLineStart(),
    end: () => field.toLineEnd(),
    backspace: () => field.deleteBack(),
    delete: () => field.deleteForward(),
    "cut-word": () => field.cutWordBack(),
    "cut-start": () => field.cutToLineStart(),
    "cut-end": () => field.cutToLineEnd(),
    yank: () => field.paste(),
    newline: () => field.insert("\n"),
  };
  const edit = edits[key.name];
  edit?.();
  return edit !== undefined;
}
