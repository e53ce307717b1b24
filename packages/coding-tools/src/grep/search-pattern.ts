import { Problem } from "../problem.ts";

export interface PatternOptions {
  pattern: string;
  ignoreCase: boolean;
  /** It is text and no regular expression. */
  literal: boolean;
}

/** @throws Problem for what is no regular expression */
export function compilePattern({ pattern, ignoreCase, literal }: PatternOptions): RegExp {
  if (literal) return new RegExp(escape(pattern), ignoreCase ? "i" : "");
  // As other tools have it, and JavaScript does not.
  const inline = pattern.startsWith("(?i)");
  // Without the flag \p{L} is the letter p, three times more or less; with it everywhere, \- and others would be errors.
  const unicode = /\\[pPu]\{/.test(pattern) ? "u" : "";
  try {
    return new RegExp(inline ? pattern.slice(4) : pattern, (ignoreCase || inline ? "i" : "") + unicode);
  } catch (error) {
    const why = (error as Error).message.replace(/^Invalid regular expression: /, "");
    throw new Problem(`${pattern} is no regular expression of JavaScript: ${why}. For plain text, set literal.`);
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
