import { buildCommand, buildRouteMap, type FlagParametersForType } from "@stricli/core";
import type { BuildFlags } from "./commands/ext-build.ts";
import type { GrantFlags } from "./commands/ext-grant.ts";
import type { ListFlags } from "./commands/ext-list.ts";
import type { LogsFlags } from "./commands/ext-logs.ts";
import type { TauContext } from "./context.ts";
import type { TargetFlags } from "./ext-target.ts";

const idPositional = {
  kind: "tuple",
  parameters: [{ parse: String, placeholder: "id", brief: "The extension's id, as tau ext list shows it" }],
} as const;

const targetFlags: FlagParametersForType<TargetFlags, TauContext> = {
  pid: {
    kind: "parsed",
    parse: parseCount,
    optional: true,
    placeholder: "number",
    brief: "The process, where several run an extension of that name",
  },
};

const list = buildCommand<ListFlags, [], TauContext>({
  loader: () => import("./commands/ext-list.ts"),
  parameters: {
    flags: {
      json: {
        kind: "boolean",
        withNegated: false,
        optional: true,
        brief: "Print an array of processes, with all details",
      },
    },
  },
  docs: {
    brief: "Show the extensions that run, and how they are",
    fullDescription: ["Shows the extensions of all running tau processes of this user.", "", "  tau ext list"].join(
      "\n",
    ),
  },
});

const reload = buildCommand<TargetFlags, [string], TauContext>({
  loader: () => import("./commands/ext-reload.ts"),
  parameters: { positional: idPositional, flags: targetFlags },
  docs: {
    brief: "Swap in an extension's present source",
    fullDescription: [
      "Builds and starts the source as it is now. Where that fails, says why, exits 1, and the old version serves on.",
      "",
      "  tau ext reload web-search",
    ].join("\n"),
  },
});

const enable = buildCommand<TargetFlags, [string], TauContext>({
  loader: () => import("./commands/ext-enable.ts"),
  parameters: { positional: idPositional, flags: targetFlags },
  docs: {
    brief: "Start an extension again that crashed too often",
    fullDescription: [
      "Starts an extension that is disabled, because it crashed too often, or failed, because it never ran.",
      "",
      "  tau ext enable web-search",
    ].join("\n"),
  },
});

const grant = buildCommand<GrantFlags, [string], TauContext>({
  loader: () => import("./commands/ext-grant.ts"),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "path", brief: "The extension: a source file or a folder" }],
    },
    flags: {
      yes: { kind: "boolean", withNegated: false, optional: true, brief: "Grant all that it asks for" },
      revoke: { kind: "boolean", withNegated: false, optional: true, brief: "Take back what was granted" },
    },
  },
  docs: {
    brief: "Show what an extension asks to reach in a sandbox, and grant it",
    fullDescription: [
      "Shows what the extension asks for; + marks what was not granted before. Grants nothing without --yes. A version that asks",
      "for more later is not started until that is granted too.",
      "",
      "  tau ext grant ./web-search.ts",
      "  tau ext grant ./web-search.ts --yes",
    ].join("\n"),
  },
});

const build = buildCommand<BuildFlags, [string], TauContext>({
  loader: () => import("./commands/ext-build.ts"),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "source", brief: "A .ts or .js file, or the folder of a Cargo project" },
      ],
    },
    flags: {
      out: { kind: "parsed", parse: String, optional: true, placeholder: "file", brief: "Where the component is put" },
    },
  },
  docs: {
    brief: "Make a WebAssembly component of an extension",
    fullDescription: [
      "Makes a component of what implements the world tau:ext/extension, checks it, and prints its path. The tools that are needed are",
      "installed once, into tau's cache, and named when they are.",
      "",
      "  tau ext build ./counter.ts",
      "  tau ext build ./counter --out counter.wasm",
    ].join("\n"),
  },
});

const logs = buildCommand<LogsFlags, [string], TauContext>({
  loader: () => import("./commands/ext-logs.ts"),
  parameters: {
    positional: idPositional,
    flags: {
      ...targetFlags,
      follow: { kind: "boolean", withNegated: false, optional: true, brief: "Stay, and show new lines as they come" },
      lines: {
        kind: "parsed",
        parse: parseCount,
        optional: true,
        placeholder: "number",
        brief: "How many of the last lines; tau keeps 1000. Default: 100",
      },
    },
    aliases: { f: "follow", n: "lines" },
  },
  docs: {
    brief: "Show what an extension prints and logs",
    fullDescription: [
      "Shows the last lines with their time, source and level: stdout and stderr are what it prints, log is what it logs, host",
      "is what tau says of it.",
      "",
      "  tau ext logs web-search",
      "  tau ext logs web-search --follow",
    ].join("\n"),
  },
});

export const extRoutes = buildRouteMap({
  routes: { list, reload, enable, grant, build, logs },
  docs: {
    brief: "Look after extensions that run",
    fullDescription: [
      "Looks after the extensions of running tau processes of this user: of those started with --watch, and of agents.",
      "",
      "  tau ext list",
      "  tau ext reload web-search",
      "  tau ext logs web-search --follow",
    ].join("\n"),
  },
});

function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new RangeError("expected a whole number");
}
