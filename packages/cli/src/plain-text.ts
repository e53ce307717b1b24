/**
 * What a terminal would obey, it must not be told by a model, a tool or an extension: a sequence can rewrite what stands on the screen,
 * put words into the clipboard or answer in the user's name. Sequences are taken out, other control characters made visible.
 *
 * Source for the sequences: ECMA-48, sections 5.4 and 5.6; for the marks that reverse text: https://trojansource.codes
 */
export function plain(text: string): string {
  const filter = new PlainFilter();
  return filter.add(text) + filter.end();
}

/** An OSC or DCS that does not end within so many characters is none. */
const MAX_SEQUENCE = 4096;

type State = "text" | "escape" | "control" | "string" | "string-escape" | "return";

/** The same for text that comes in pieces, whose seams may lie within a sequence. */
export class PlainFilter {
  #state: State = "text";
  #length = 0;

  add(text: string): string {
    let out = "";
    for (const character of text) out += this.#next(character);
    return out;
  }

  /** A sequence that was begun is dropped. */
  end(): string {
    const rest = this.#state === "return" ? "\n" : "";
    this.#state = "text";
    return rest;
  }

  #next(character: string): string {
    switch (this.#state) {
      case "text":
        return this.#text(character);
      case "return":
        this.#state = "text";
        // CR LF is one end of a line. A CR alone would write over what stands there.
        return character === "\n" ? "\n" : `\n${this.#text(character)}`;
      case "escape":
        return this.#escape(character);
      case "control":
        if (/[\u0040-\u007E]/.test(character)) this.#state = "text";
        else if (!/[\u0020-\u003F]/.test(character)) return this.#leave(character);
        return this.#count();
      case "string":
        if (character === "\u0007" || character === "\u009C") this.#state = "text";
        else if (character === "\u001B") this.#state = "string-escape";
        else if (character === "\n") return this.#leave(character);
        return this.#count();
      case "string-escape":
        this.#state = character === "\\" ? "text" : "string";
        return "";
    }
  }

  #text(character: string): string {
    if (character === "\u001B") this.#state = "escape";
    else if (character === "\u009B") this.#begin("control");
    else if (/[\u0090\u0098\u009D-\u009F]/.test(character)) this.#begin("string");
    else if (character === "\r") this.#state = "return";
    else return visible(character);
    return "";
  }

  #escape(character: string): string {
    if (character === "[") this.#begin("control");
    else if (/[\]PX^_]/.test(character)) this.#begin("string");
    // Such as the choice of a character set: an intermediate byte and a final one.
    else if (/[\u0020-\u002F]/.test(character)) return "";
    else if (/[\u0030-\u007E]/.test(character)) this.#state = "text";
    else return this.#leave(character);
    return "";
  }

  #begin(state: "control" | "string"): void {
    this.#state = state;
    this.#length = 0;
  }

  #leave(character: string): string {
    this.#state = "text";
    return this.#text(character);
  }

  #count(): string {
    this.#length += 1;
    if (this.#length > MAX_SEQUENCE) this.#state = "text";
    return "";
  }
}

function visible(character: string): string {
  if (character === "\n" || character === "\t") return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  if (code < 0xa0 && code >= 0x80) return "\uFFFD";
  // They reverse what follows, so that it reads as something else than it is.
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return "\uFFFD";
  // Lone halves of a pair, and tags that nobody sees.
  if ((code >= 0xd800 && code <= 0xdfff) || (code >= 0xe0000 && code <= 0xe007f)) return "\uFFFD";
  return character;
}
