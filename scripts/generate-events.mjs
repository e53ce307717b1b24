import { spawnSync } from "node:child_process";
// Makes the types and the page of the events from spec/events.json. `--check` says whether they are as they should be.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const { events } = JSON.parse(readFileSync(new URL("spec/events.json", root), "utf8"));

const TYPES = {
  object: "JsonObject",
  "object[]": "JsonObject[]",
  value: "JsonValue",
  number: "number",
  boolean: "boolean",
  string: "string",
  Content: "Content",
  "Content[]": "Content[]",
  ToolResult: "ToolResult",
};

const outputs = {
  "packages/protocol/src/event-payloads.ts": types(),
  "docs/events.md": page(),
  "rust/tau-ext/src/events.rs": rust(),
};
let stale = 0;
for (const [path, text] of Object.entries(outputs)) {
  const formatted = path.endsWith(".rs") ? text : format(path, text);
  if (process.argv.includes("--check")) {
    if (readFileSync(new URL(path, root), "utf8") === formatted) continue;
    console.error(`${path} is not what spec/events.json says. Run: npm run generate`);
    stale += 1;
  } else writeFileSync(new URL(path, root), formatted);
}
process.exitCode = stale === 0 ? 0 : 1;

function types() {
  const payloads = events.map((event) => `${comment(event)}  ${event.name}: {\n${fields(event)}  };\n`);
  const changes = events
    .filter(({ changes }) => changes !== undefined)
    .map(({ name, changes }) => `  ${name}: ${changes.map((field) => JSON.stringify(field)).join(" | ")};\n`);
  return `// Made from spec/events.json by scripts/generate-events.mjs. Change that file and run \`npm run generate\`.
import type { JsonObject, JsonValue } from "./json.ts";
import type { Content, ToolResult } from "./tools.ts";

/** What each event says. */
export interface EventPayloads {
${payloads.join("")}}

/** The fields that a hook may change. */
export interface EventChanges {
${changes.join("")}}

/** Events that hooks decide on, by changing or blocking them. */
export type TransformEvent = ${union("transform")};

/** Events that hooks decide on, by allowing, blocking or asking. */
export type GateEvent = ${union("gate")};
`;
}

function union(kind) {
  return events
    .filter((event) => event.kind === kind)
    .map(({ name }) => JSON.stringify(name))
    .join(" | ");
}

function comment({ description }) {
  return `  /** ${description} */\n`;
}

function fields({ payload }) {
  return Object.entries(payload)
    .map(([field, type]) => `    ${field}${type.endsWith("?") ? "?" : ""}: ${typeOf(type.replace(/\?$/, ""))};\n`)
    .join("");
}

/** `"a" | extension id` is some text, of which one is known. */
function typeOf(type) {
  if (TYPES[type] !== undefined) return TYPES[type];
  const parts = type.split(" | ");
  return parts.every((part) => part.startsWith('"')) ? type : "string";
}

function page() {
  const sections = events.map((event) => {
    const rows = Object.entries(event.payload).map(
      ([field, type]) => `| \`${field}\` | \`${type.replaceAll("|", "\\|")}\` |`,
    );
    return `## ${event.name}

${event.description}

${kindText(event)}

| field | type |
| --- | --- |
${rows.join("\n")}
`;
  });
  return `# Events

Everything that happens in an agent, in the order in which you meet it. \`api.on("name", handler)\` subscribes; an extension hears what it
subscribed to and nothing else. Made from [spec/events.json](../spec/events.json).

- **observe**: you are told. Nobody waits for you.
- **transform**: you may answer \`{ modify: { field: value } }\` or \`{ block: "reason" }\`. Handlers run one after the other, lower \`priority\`
  first, each on what the one before it made.
- **gate**: you may answer \`{ block: "reason" }\` or \`{ ask: "question for the user" }\`. Gates run after everything that changes the event.

A field whose type ends in \`?\` may be missing. A handler that throws, hangs, crashes or answers anything else has failed: **closed** means that the
event is blocked then, **open** that it goes on and the failure is logged.

${sections.join("\n")}`;
}

function kindText({ kind, onFailure, changes }) {
  if (kind === "observe") return "**observe**";
  const may = changes === undefined ? "" : ` May change ${changes.map((field) => `\`${field}\``).join(", ")}.`;
  return `**${kind}**, fails ${onFailure}.${may}`;
}

/** Enough for a comparison, and for errors in the right place: what a handler may answer is checked by the host. */
function rust() {
  const types = {
    object: "Map<String, Value>",
    "object[]": "Vec<Map<String, Value>>",
    value: "Value",
    number: "f64",
    boolean: "bool",
    Content: "Value",
    "Content[]": "Vec<Value>",
    ToolResult: "Value",
  };
  const structs = events.map((event) => {
    const name = event.name.replaceAll(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());
    const lines = Object.entries(event.payload).map(([field, type]) => {
      const rustName = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const plain = types[type.replace(/\?$/, "")] ?? "String";
      return `    pub ${rustName}: ${type.endsWith("?") ? `Option<${plain}>` : plain},\n`;
    });
    return `
/// ${event.description}
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ${name} {
${lines.join("")}}

impl Event for ${name} {
    const NAME: &'static str = "${event.name}";
    const DECIDES: bool = ${event.kind !== "observe"};
}
`;
  });
  return `//! Everything that happens in an agent. Made from spec/events.json by scripts/generate-events.mjs: change that file and run
//! \`npm run generate\`.
use crate::event::Event;
use serde::Deserialize;
use serde_json::{Map, Value};
${structs.join("")}`;
}

function format(path, text) {
  const oxfmt = fileURLToPath(new URL("node_modules/oxfmt/bin/oxfmt", root));
  const { stdout, status, stderr } = spawnSync(process.execPath, [oxfmt, `--stdin-filepath=${path}`], {
    cwd: fileURLToPath(root),
    input: text,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`oxfmt failed: ${stderr}`);
  return stdout;
}
