import type { ExtensionApi, JsonObject } from "tau-ext";

const MAX_LENGTH = 300;

export default function setup(api: ExtensionApi) {
  api.on("session_before_compact", ({ messages, instructions }) => {
    const asked = messages.flatMap((message) => (message["role"] === "user" ? [`- ${short(textOf(message))}`] : []));
    const earlier = messages.flatMap((message) => (message["role"] === "summary" ? [asText(message["text"])] : []));
    const calls = messages.flatMap(callsOf);
    const files = calls.flatMap(({ tool, input }) =>
      tool === "write" || tool === "edit" ? [`- ${asText(input["path"])}`] : [],
    );
    const commands = calls.flatMap(({ tool, input }) =>
      tool === "bash" ? [`- ${short(asText(input["command"]))}`] : [],
    );
    const summary = [
      ...earlier,
      ...section("The user asked:", asked),
      ...section("Files that were changed:", files),
      ...section("Commands that were run:", commands),
      ...(instructions === undefined ? [] : [`To be heeded: ${instructions}`]),
    ].join("\n");
    return summary === "" ? undefined : { modify: { summary } };
  });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...new Set(lines)];
}

function textOf({ content }: JsonObject): string {
  const parts = Array.isArray(content) ? (content as JsonObject[]) : [];
  return parts.flatMap(({ type, text }) => (type === "text" ? [asText(text)] : [])).join(" ");
}

function callsOf({ content }: JsonObject): { tool: string; input: JsonObject }[] {
  const parts = Array.isArray(content) ? (content as JsonObject[]) : [];
  return parts.flatMap(({ type, tool, input }) =>
    type === "toolCall" ? [{ tool: asText(tool), input: (input ?? {}) as JsonObject }] : [],
  );
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH)}…`;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
