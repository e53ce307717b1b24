import { TauError } from "tau-protocol";
import { type ExtensionSource, suggestId } from "./source.ts";

/** @throws TauError `extension-exists` for a wanted id that is taken */
export function chooseId(
  source: ExtensionSource,
  wanted: string | undefined,
  taken: { has: (id: string) => boolean },
): string {
  if (wanted !== undefined && taken.has(wanted)) {
    const text = `Extension \`${wanted}\` is loaded already. Unload it, or choose another id.`;
    throw new TauError("extension-exists", text, { executed: "no" });
  }
  const base = wanted ?? suggestId(source);
  let id = base;
  for (let number = 2; taken.has(id); number++) id = `${base}-${number}`;
  return id;
}
