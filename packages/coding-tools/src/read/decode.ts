import { Problem } from "../problem.ts";

/** Turns a file's bytes into text, or says that they are none. */
export class TextReader {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #shown: string;
  #atStart = true;

  /** @param shown the file's name for what goes wrong */
  constructor(shown: string) {
    this.#shown = shown;
  }

  /** @throws Problem for a NUL, for bytes that are not UTF-8 */
  decode(bytes: Buffer): string {
    if (this.#atStart) this.#refuseUtf16(bytes);
    this.#atStart = false;
    if (bytes.includes(0)) throw this.#refuse("it holds NUL bytes");
    try {
      return this.#decoder.decode(bytes, { stream: true });
    } catch {
      // The only thing a decoder throws.
      throw this.#refuse("it is not UTF-8");
    }
  }

  /** @throws Problem where the last character is half there */
  end(): string {
    try {
      return this.#decoder.decode();
    } catch {
      throw this.#refuse("it is not UTF-8");
    }
  }

  #refuseUtf16(bytes: Buffer): void {
    const mark = bytes.toString("latin1", 0, 2);
    if (mark !== "\xff\xfe" && mark !== "\xfe\xff") return;
    throw new Problem(
      `${this.#shown} is text in UTF-16, and only UTF-8 is read. ` +
        `See it with bash: iconv -f UTF-16 -t UTF-8 '${this.#shown}'.`,
    );
  }

  #refuse(why: string): Problem {
    return new Problem(`${this.#shown} is a binary file (${why}). Look at it with bash: file, xxd, strings …`);
  }
}
