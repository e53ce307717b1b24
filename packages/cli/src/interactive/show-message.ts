import type { AgentMessage, AssistantMessage, ToolMessage } from "tau-agent";
import type { Content, JsonObject, JsonValue } from "tau-protocol";
import { plain } from "../plain-text.ts";
import { textOf } from "../print-result.ts";
import type { Colors } from "../terminal.ts";
import { MarkdownPaint } from "./markdown-paint.ts";

/** Lines of a result that are shown; the model gets them all. */
const MAX_RESULT_LINES = 8;
const MAX_DIFF_LINES = 40;
const MAX_INPUT_LENGTH = 200;

/** Fields that say by themselves what a call does. */
const TELLING = ["command", "path", "file", "pattern", "query", "url", "name", "text"];

/** What a tool was called with. */
export type InputOf = (callId: string) => JsonObject | undefined;

/** A message as lines, painted. None for what is not for people. */
export function showMessage(message: AgentMessage, colors: Colors, inputOf: InputOf): string[] {
  switch (message.role) {
    case "user":
      return ["", ...withMark(textIn(message.content), colors.bold("› "), colors.bold), ""];
    case "assistant":
      return [...paintAnswer(answerText(message), colors), ...showEnd(message, colors)];
    case "tool":
      return showResult(message, colors, inputOf(message.callId));
    case "extension":
      return withMark(textIn(message.content), colors.dim(`${plain(message.extensionId)}: `));
    case "summary":
      return [colors.dim("What was said before was summarised to save room.")];
  }
}

/** How an answer ended, where that was not the end that the model meant. */
export function showEnd({ stopReason, error }: AssistantMessage, colors: Colors): string[] {
  if (stopReason === "error") return [`${colors.red("error:")} ${plain(error ?? "The model did not answer.")}`];
  if (stopReason === "aborted") return [colors.yellow("Ended before it was done.")];
  if (stopReason === "length") return [colors.yellow("The answer was cut: it was as long as the model may answer.")];
  if (stopReason === "content-filter") return [colors.yellow("The provider withheld the rest of the answer.")];
  return [];
}

/** A call on one line: `read src/index.ts`. Plain. */
export function describeCall(tool: string, input: JsonObject | undefined): string {
  const told = input === undefined ? "" : describeInput(input);
  return plain(`${tool} ${told}`.trimEnd()).replaceAll("\n", " ");
}

function describeInput(input: JsonObject): string {
  const name = TELLING.find((field) => typeof input[field] === "string");
  const { [name ?? ""]: first, ...others } = input;
  const rest = Object.entries(others).map(([key, value]) => `${key}=${short(value)}`);
  return cut([...(typeof first === "string" ? [first] : []), ...rest].join(" "), MAX_INPUT_LENGTH);
}

function short(value: JsonValue): string {
  return cut(typeof value === "string" ? value : JSON.stringify(value), 40);
}

function cut(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

function paintAnswer(text: string, colors: Colors): string[] {
  const paint = new MarkdownPaint(colors);
  return linesOf(text).map((line) => paint.line(line));
}

function showResult({ tool, content, isError, details }: ToolMessage, colors: Colors, input?: JsonObject): string[] {
  const mark = isError ? colors.red("✗") : colors.green("●");
  const { diff } = isObject(details) ? details : {};
  const head = `${mark} ${describeCall(tool, input)}`;
  if (!isError && typeof diff === "string") return [head, ...showDiff(diff, colors)];
  const body = linesOf(textIn(content));
  const shown = body.slice(0, MAX_RESULT_LINES).map((line) => (isError ? `  ${line}` : colors.dim(`  ${line}`)));
  return [head, ...shown, ...leftOut(body.length - shown.length, colors)];
}

function showDiff(diff: string, colors: Colors): string[] {
  const lines = linesOf(plain(diff)).filter((line) => !/^(---|\+\+\+) /.test(line));
  const shown = lines.slice(0, MAX_DIFF_LINES).map((line) => {
    const paint = line.startsWith("+") ? colors.green : line.startsWith("-") ? colors.red : colors.dim;
    return paint(`  ${line}`);
  });
  return [...shown, ...leftOut(lines.length - shown.length, colors)];
}

function leftOut(count: number, colors: Colors): string[] {
  return count > 0 ? [colors.dim(`  … ${count} more ${count === 1 ? "line" : "lines"}`)] : [];
}

function withMark(text: string, mark: string, paint: (text: string) => string = String): string[] {
  return linesOf(text).map((line, index) => `${index === 0 ? mark : "  "}${paint(line)}`);
}

function answerText({ content }: AssistantMessage): string {
  return plain(content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(""));
}

function textIn(content: readonly Content[]): string {
  return plain(content.map(textOf).join("\n"));
}

function linesOf(text: string): string[] {
  const trimmed = text.trimEnd();
  return trimmed === "" ? [] : trimmed.split("\n");
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
