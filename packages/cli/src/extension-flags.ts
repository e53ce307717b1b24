import type { FlagParametersForType } from "@stricli/core";
import type { ExtensionSource, Isolation, PermissionLimits } from "tau-host";
import type { TauContext } from "./context.ts";
import { wrongUsage } from "./errors.ts";
import { given } from "./given.ts";
import type { Confinement } from "./grants/with-grants.ts";
import { splitCommand } from "./split-command.ts";

/** The flags of all commands that load extensions. */
export interface ExtensionFlags {
  readonly extension?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly string[];
  readonly timeout?: number;
  readonly verbose?: boolean;
  readonly watch?: boolean;
  readonly isolation?: Isolation;
  readonly allowRead?: readonly string[];
  readonly allowWrite?: readonly string[];
  readonly allowRun?: readonly string[];
  readonly allowNet?: readonly string[];
  readonly limit?: readonly string[];
}

const paths = (brief: string) =>
  ({ kind: "parsed", parse: String, variadic: true, optional: true, placeholder: "path", brief }) as const;

export const extensionFlags: FlagParametersForType<ExtensionFlags, TauContext> = {
  extension: {
    kind: "parsed",
    parse: String,
    variadic: true,
    optional: true,
    placeholder: "path",
    brief: "An extension: a source file, or a folder whose package.json names one. Repeatable",
  },
  command: {
    kind: "parsed",
    parse: String,
    variadic: true,
    optional: true,
    placeholder: "words",
    brief: 'An extension that is a program of its own: --command "python3 ./weather.py". Repeatable',
  },
  env: {
    kind: "parsed",
    parse: String,
    variadic: true,
    optional: true,
    placeholder: "NAME[=VALUE]",
    brief: "An environment variable the extensions may see; without a value, the one it has here. Repeatable",
  },
  timeout: {
    kind: "parsed",
    parse: parseMilliseconds,
    optional: true,
    placeholder: "ms",
    brief: "Milliseconds that starting an extension may take, and the call",
  },
  verbose: {
    kind: "boolean",
    withNegated: false,
    optional: true,
    brief: "Show what the extensions print and log, on stderr",
  },
  watch: {
    kind: "boolean",
    withNegated: false,
    optional: true,
    brief: "Stay, and do it again whenever an extension's files are saved, until Ctrl-C",
  },
  isolation: {
    kind: "enum",
    values: ["process", "sandbox", "wasm"],
    optional: true,
    brief: "How extensions are kept from what they were not granted; --allow-… without it means sandbox",
  },
  allowRead: paths("A file or folder that sandboxed extensions may read. Repeatable"),
  allowWrite: paths("A file or folder that they may read and write. Repeatable"),
  allowRun: paths("A program that they may start. Repeatable"),
  allowNet: {
    ...paths("A server that sandboxed extensions and guests may fetch from, by way of the host. Repeatable"),
    placeholder: "host[:port]",
  },
  limit: {
    ...paths("How much they may use at most: memoryMb, processes, openFiles, callTimeoutMs, outputBytes. Repeatable"),
    placeholder: "name=number",
  },
};

export const extensionAliases = { e: "extension" } as const;

/** @throws CliError when there is none */
export function sourcesFrom({ extension = [], command = [] }: ExtensionFlags): ExtensionSource[] {
  const sources = [...extension, ...command.map((words) => ({ command: splitCommand(words) }))];
  if (sources.length === 0) {
    throw wrongUsage('Expected an extension, got none. Name one with -e ./extension.ts or --command "./program".');
  }
  return sources;
}

/** @throws CliError for permissions that would not hold */
export function confinementFrom(flags: ExtensionFlags): Confinement {
  const { isolation, allowRead: read, allowWrite: write, allowRun: programs, allowNet: network, limit } = flags;
  const asked = [read, write, programs, network, limit].some((each) => each !== undefined);
  if (!asked) return isolation === undefined ? {} : { isolation };
  if (isolation === "process")
    throw wrongUsage(
      "Expected --isolation sandbox or wasm beside --allow-… and --limit, got process, where they would not hold.",
    );
  const files = given({ read, write });
  const limits = limit === undefined ? undefined : limitsFrom(limit);
  return { isolation: isolation ?? "sandbox", permissions: { files, ...given({ programs, network, limits }) } };
}

/** Whether there are such limits is the host's to say. */
function limitsFrom(texts: readonly string[]): PermissionLimits {
  const entries = texts.map((text): [string, number] => {
    const [, name, most] = /^(\w+)=(\d+)$/.exec(text) ?? [];
    if (name !== undefined && most !== undefined) return [name, Number(most)];
    throw wrongUsage(`Expected --limit NAME=NUMBER, such as memoryMb=512, got --limit "${text}".`);
  });
  return Object.fromEntries(entries);
}

/** @throws CliError for a name that is none, or that has no value here */
export function environmentFrom({ env = [] }: ExtensionFlags, own: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(env.map((grant) => readGrant(grant, own)));
}

function readGrant(grant: string, own: NodeJS.ProcessEnv): [string, string] {
  const [, name, given] = /^([^=]+)(?:=(.*))?$/s.exec(grant) ?? [];
  if (name === undefined) throw wrongUsage(`Expected --env NAME or --env NAME=VALUE, got --env "${grant}".`);
  const value = given ?? own[name];
  if (value !== undefined) return [name, value];
  throw wrongUsage(
    `Expected ${name} to be set here, which --env ${name} hands on. Set it, or write --env ${name}=VALUE.`,
  );
}

function parseMilliseconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new RangeError("expected a number of milliseconds above 0");
}
