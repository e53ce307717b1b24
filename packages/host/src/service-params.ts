import { TauError } from "tau-protocol";
import { asRecord } from "./as-record.ts";
import { show } from "./show.ts";

type Kind = "string" | "object" | "content" | "messages" | "options" | "strings" | "present";

/** What a request can't do without. Everything else has a default; an agent must not fall over what an extension forgot. */
const REQUIRED: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  "tool/call": { tool: "string", arguments: "object" },
  "ui/confirm": { title: "string" },
  "ui/select": { title: "string", options: "options" },
  "ui/input": { title: "string" },
  "ui/editor": { title: "string" },
  "ui/notify": { message: "string" },
  "ui/status": { key: "string" },
  "ui/widget": { key: "string" },
  "model/generate": { messages: "messages" },
  "message/send": { kind: "string", content: "content" },
  "message/sendUser": { content: "content" },
  "session/append": { kind: "string", data: "present" },
  "agent/setActiveTools": { tools: "strings" },
  "agent/setModel": { model: "string" },
  "bus/emit": { channel: "string", data: "present" },
};

/** Fields that may be missing, and are of this kind where they are not. */
const OPTIONAL: Readonly<Record<string, Kind>> = {
  message: "string",
  placeholder: "string",
  initial: "string",
  system: "string",
  model: "string",
  name: "string",
  text: "string",
  lines: "strings",
  after: "string",
  instructions: "string",
  extension: "string",
};

const CHECKS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  object: isObject,
  present: (value) => value !== undefined,
  strings: (value) => isList(value, (item) => typeof item === "string"),
  content: (value) => isList(value, isContent),
  options: (value) => isList(value, (item) => typeof asRecord(item)["value"] === "string"),
  messages: (value) => isList(value, isMessage),
};

const NAMES: Readonly<Record<Kind, string>> = {
  string: "a text",
  object: "an object",
  present: "a value",
  strings: "a list of texts",
  content: "a list of text and image content",
  options: "a list of options, each with a `value`",
  messages: 'a list of messages, each with a `role` of "user" or "assistant" and `content`',
};

/** @throws TauError `invalid-params`, naming the field */
export function checkServiceParams(method: string, params: Readonly<Record<string, unknown>>): void {
  const required = REQUIRED[method] ?? {};
  for (const [field, kind] of Object.entries(required)) check(method, field, kind, params[field]);
  for (const [field, kind] of Object.entries(OPTIONAL)) {
    if (params[field] !== undefined && !(field in required)) check(method, field, kind, params[field]);
  }
}

function check(method: string, field: string, kind: Kind, value: unknown): void {
  if (CHECKS[kind](value)) return;
  throw new TauError(
    "invalid-params",
    `Expected \`${field}\` of \`${method}\` to be ${NAMES[kind]}, got ${show(value)}.`,
    {
      executed: "no",
    },
  );
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isContent(value: unknown): boolean {
  const { type, text, data, mimeType } = asRecord(value);
  if (type === "text") return typeof text === "string";
  return type === "image" && typeof data === "string" && typeof mimeType === "string";
}

function isMessage(value: unknown): boolean {
  const { role, content } = asRecord(value);
  return (role === "user" || role === "assistant") && isList(content, isContent);
}
