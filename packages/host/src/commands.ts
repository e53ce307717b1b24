import {
  COMMAND_NAME_PATTERN,
  type CommandDefinition,
  type CompleteCommandResult,
  type FlagDefinition,
  TauError,
  withDetails,
  isTauError,
} from "tau-protocol";
import { asRecord } from "./as-record.ts";
import type { ExtensionUnit } from "./extension.ts";
import type { Offer } from "./hello-result.ts";
import { nearest } from "./nearest.ts";

/** A `/name` that the user can type, and whose it is. */
export interface CommandDescriptor extends CommandDefinition {
  extensionId: string;
}

/** A `--name` of the command line, and whose it is. */
export interface FlagDescriptor extends FlagDefinition {
  extensionId: string;
}

export interface CommandOptions {
  signal?: AbortSignal;
  /** Time for the command, in milliseconds. Prompts to the user do not count. @default Infinity */
  timeoutMs?: number;
}

/** What could stand at the end of what the user has typed. */
export type Completion = CompleteCommandResult["completions"][number];

/** Nobody waits longer for a completion, in milliseconds. */
const COMPLETE_TIMEOUT_MS = 2_000;

export function listCommands(units: Iterable<ExtensionUnit>): CommandDescriptor[] {
  return [...units].flatMap(({ id, lineage }) =>
    (lineage.offer?.commands ?? []).map((command) => ({ ...command, extensionId: id })),
  );
}

export function listFlags(units: Iterable<ExtensionUnit>): FlagDescriptor[] {
  return [...units].flatMap(({ id, lineage }) =>
    (lineage.offer?.flags ?? []).map((flag) => ({ ...flag, extensionId: id })),
  );
}

/** @throws TauError `registration-refused` when another extension has a command's or flag's name (spec/protocol.md, G-4) */
export function checkNames(extensionId: string, offer: Offer, units: Iterable<ExtensionUnit>): void {
  // Most have none, and an agent that starts with fifty extensions would list those of all others for each.
  if (offer.commands.length === 0 && offer.flags.length === 0) return;
  const others = [...units].filter(({ id }) => id !== extensionId);
  const taken = [
    ...clashes("command `/", offer.commands, listCommands(others)),
    ...clashes("flag `--", offer.flags, listFlags(others)),
  ];
  for (const { what, owner } of taken) {
    const text = `Extensions \`${owner}\` and \`${extensionId}\` both offer the ${what}\`. Rename it in one of them, or load only one.`;
    throw new TauError("registration-refused", text, { executed: "no", phase: "register", extensionId });
  }
}

function clashes(
  kind: string,
  offered: readonly { name: string }[],
  known: readonly { name: string; extensionId: string }[],
): { what: string; owner: string }[] {
  return offered.flatMap(({ name }) =>
    known
      .filter((each) => each.name === name)
      .map(({ extensionId }) => ({ what: `${kind}${name}`, owner: extensionId })),
  );
}

/** @throws TauError `unknown-command`, `cancelled`, `timed-out`, `extension-failed`, or how the extension ended */
export async function runCommand(
  units: readonly ExtensionUnit[],
  { name, args, signal, timeoutMs = Number.POSITIVE_INFINITY }: CommandOptions & { name: string; args: string },
): Promise<void> {
  const unit = ownerOf(units, name);
  const generation = await unit.traffic.whenServing({ timeoutMs, signal });
  try {
    await generation.request("command/run", { command: name, arguments: args }, { timeoutMs, signal });
  } catch (error) {
    throw isTauError(error)
      ? withDetails(error, { extensionId: unit.id }, error.message.replace("`command/run`", `/${name}`))
      : error;
  }
}

/** Nothing for a command that does not complete, and where the extension does not answer in time: completing is a convenience. */
export async function completeCommand(
  units: readonly ExtensionUnit[],
  { name, prefix, signal }: { name: string; prefix: string; signal?: AbortSignal | undefined },
): Promise<Completion[]> {
  const unit = ownerOf(units, name);
  if (unit.lineage.offer?.commands.find((command) => command.name === name)?.completes !== true) return [];
  const options = { timeoutMs: COMPLETE_TIMEOUT_MS, signal };
  const generation = await unit.traffic.whenServing(options);
  const answer = await generation.request("command/complete", { command: name, prefix }, options);
  const { completions } = asRecord(answer);
  return Array.isArray(completions) ? completions.filter((item) => typeof asRecord(item)["value"] === "string") : [];
}

/** @throws TauError `unknown-command`, with the nearest names */
function ownerOf(units: readonly ExtensionUnit[], name: string): ExtensionUnit {
  const unit = units.find(({ lineage }) => lineage.offer?.commands.some((command) => command.name === name));
  if (unit !== undefined) return unit;
  const near = nearest(
    name,
    listCommands(units).map((command) => command.name),
  );
  const hint = near.length > 0 ? ` Did you mean ${near.map((each) => `\`/${each}\``).join(" or ")}?` : "";
  throw new TauError("unknown-command", `There is no command \`/${name.slice(0, 100)}\`.${hint}`, { executed: "no" });
}

export function isCommand(value: unknown): value is CommandDefinition {
  const { name, description } = asRecord(value);
  return typeof name === "string" && COMMAND_NAME_PATTERN.test(name) && typeof description === "string";
}

export function isFlag(value: unknown): value is FlagDefinition {
  const { name, description, type } = asRecord(value);
  const isNamed = typeof name === "string" && FLAG_NAME_PATTERN.test(name);
  return isNamed && typeof description === "string" && (type === "boolean" || type === "string");
}

/** As command lines have them. */
const FLAG_NAME_PATTERN = /^[a-z][a-z0-9-]{0,63}$/;
