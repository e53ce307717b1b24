import type { Colors } from "../terminal.ts";

/**
 * Colours for what models write as Markdown, line by line, since that is how it comes. Every character stays where it is: what is copied
 * from the screen is what the model wrote.
 */
export class MarkdownPaint {
  readonly #colors: Colors;
  #isCode = false;

  constructor(colors: Colors) {
    this.#colors = colors;
  }

  line(text: string): string {
    const { bold, cyan, dim } = this.#colors;
    if (/^\s*(```|~~~)/.test(text)) {
      this.#isCode = !this.#isCode;
      return dim(text);
    }
    if (this.#isCode) return cyan(text);
    if (/^#{1,6} /.test(text)) return bold(text);
    return text.replaceAll(/(`[^`]+`)|(\*\*[^*]+\*\*)/g, (part) => (part.startsWith("`") ? cyan(part) : bold(part)));
  }
}
