import type { FlagDescriptor } from "tau-host";
import { nearest } from "tau-host";
import type { JsonObject } from "tau-protocol";
import { wrongUsage } from "../errors.ts";
import { agentFlags } from "./flags.ts";

/** What every command has. */
const COMMON = ["help", "help-all", "version", "no-discover"];

/**
 * Takes the flags out of a command line that are none of tau's: `--name` and `--name=value`. Extensions may know them; which do is
 * seen once they are loaded. What follows `--` stays.
 */
export function splitFlags(args: readonly string[]): { own: string[]; others: JsonObject } {
  const known = new Set([...Object.keys(agentFlags), ...COMMON]);
  const own: string[] = [];
  const others: JsonObject = {};
  const end = args.indexOf("--");
  for (const [index, arg] of args.entries()) {
    const [, name, value] = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const isOwn = name === undefined || known.has(name) || (end !== -1 && index >= end);
    if (isOwn) own.push(arg);
    else others[name] = value ?? true;
  }
  return { own, others };
}

/** @throws CliError for flags that nobody knows, and values of another type */
export function checkFlags(given: JsonObject, known: readonly FlagDescriptor[]): void {
  for (const [name, value] of Object.entries(given)) {
    const flag = known.find((each) => each.name === name);
    if (flag === undefined) throw wrongUsage(unknownFlag(name, known));
    if (flag.type === "string" && typeof value !== "string") {
      throw wrongUsage(`Expected --${name}=VALUE, which extension ${flag.extensionId} reads, got no value.`);
    }
    if (flag.type === "boolean" && typeof value !== "boolean") {
      throw wrongUsage(
        `Expected --${name} without a value, which extension ${flag.extensionId} reads, got ${JSON.stringify(value)}.`,
      );
    }
  }
}

function unknownFlag(name: string, known: readonly FlagDescriptor[]): string {
  const near = nearest(name, [...Object.keys(agentFlags), ...known.map((flag) => flag.name)]);
  const hint =
    near.length === 0
      ? "Add --help to see what is expected."
      : `Did you mean ${near.map((each) => `--${each}`).join(" or ")}?`;
  return `Expected flags that tau or an extension knows, got --${name}. ${hint}`;
}
