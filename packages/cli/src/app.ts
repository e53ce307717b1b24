import { type Application, buildApplication, buildCommand, buildRouteMap, numberParser, text_en } from "@stricli/core";
import { agentAliases, type AgentFlags, agentFlags } from "./agent/flags.ts";
import type { CallFlags } from "./commands/call.ts";
import type { ConformanceFlags } from "./commands/conformance.ts";
import type { DoctorFlags } from "./commands/doctor.ts";
import type { ToolsFlags } from "./commands/tools.ts";
import type { TauContext } from "./context.ts";
import { extRoutes } from "./ext-routes.ts";
import { extensionAliases, extensionFlags } from "./extension-flags.ts";
import type { OTHER_COMMANDS } from "./is-agent.ts";
import { packageVersion } from "./version.ts";

const jsonFlag = (brief: string) => ({ kind: "boolean", withNegated: false, optional: true, brief }) as const;

const tools = buildCommand<ToolsFlags, [], TauContext>({
  loader: () => import("./commands/tools.ts"),
  parameters: {
    flags: { ...extensionFlags, json: jsonFlag("Print an array of descriptors") },
    aliases: extensionAliases,
  },
  docs: {
    brief: "Show the tools that extensions offer",
    customUsage: ["-e <path> …"],
    fullDescription: [
      "Starts the extensions and shows the tools they offer.",
      "",
      "  tau tools -e ./web-search.ts",
      "  tau tools -e ./web-search.ts --watch",
    ].join("\n"),
  },
});

const call = buildCommand<CallFlags, [string, string?], TauContext>({
  loader: () => import("./commands/call.ts"),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "tool", brief: "The tool's name" },
        {
          parse: String,
          placeholder: "json",
          brief: "Its arguments as a JSON object, or - to read them from stdin",
          optional: true,
        },
      ],
    },
    flags: { ...extensionFlags, json: jsonFlag("Print the whole result, details included") },
    aliases: extensionAliases,
  },
  docs: {
    brief: "Run one tool, without a model",
    customUsage: ["<tool> [<json> | -] -e <path> …"],
    fullDescription: [
      "Runs one tool. Its result goes to stdout, its progress to stderr.",
      "",
      `  tau call web_search '{"query": "tau"}' -e ./web-search.ts --env SEARCH_ENDPOINT`,
      `  echo '{"city": "Oslo"}' | tau call weather - --command "python3 ./weather.py"`,
      `  tau call weather '{"city": "Oslo"}' -e ./weather.ts --watch`,
    ].join("\n"),
  },
});

const conformance = buildCommand<ConformanceFlags, string[], TauContext>({
  loader: () => import("./commands/conformance.ts"),
  parameters: {
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "command", brief: "The program, and its arguments" },
    },
    flags: {
      transport: {
        kind: "enum",
        values: ["stdio", "fd", "both"],
        default: "stdio",
        brief: "How it is spoken with: stdin and stdout, or descriptor 3",
      },
      level: {
        kind: "enum",
        values: ["basic", "full"],
        optional: true,
        brief: "What every extension must do, or all that an SDK must",
      },
      only: {
        kind: "parsed",
        parse: String,
        placeholder: "check",
        variadic: true,
        optional: true,
        brief: "Checks by part of their name, or by rule",
      },
      timeoutMs: {
        kind: "parsed",
        parse: numberParser,
        default: "10000",
        brief: "How long each line may take to come",
      },
      jobs: {
        kind: "parsed",
        parse: numberParser,
        placeholder: "count",
        optional: true,
        brief: "How many checks run at a time",
      },
      thorough: {
        kind: "boolean",
        withNegated: false,
        optional: true,
        brief: "Cut the channel at every byte, not at some",
      },
      json: jsonFlag("Print the results, each with its lines"),
    },
  },
  docs: {
    brief: "Hold an extension, in any language, against the protocol",
    customUsage: ["-- <command> …"],
    fullDescription: [
      "Starts the program once for each check, plays the host's part, and says which rules of the protocol it keeps. What an",
      "extension has to do that is not built with an SDK is the level basic; the reference extension of an SDK is held to all of it.",
      "",
      "  tau conformance -- python3 ./weather.py",
      "  tau conformance --transport both -- ./target/debug/examples/reference",
      "  tau conformance --only cancel --only L-4 -- node ./mine.mjs",
    ].join("\n"),
  },
});

const doctor = buildCommand<DoctorFlags, [], TauContext>({
  loader: () => import("./commands/doctor.ts"),
  parameters: { flags: { json: jsonFlag("Print what was found, for programs") } },
  docs: {
    brief: "Find out by trying how extensions can be confined here",
    fullDescription: [
      "Runs an extension at each isolation that tries to read a file, reach a server, start a program and look at a process that it was",
      "not granted, and says what it got at. What is missing is named. Exits 1 where the sandbox does not hold.",
      "",
      "  tau doctor",
    ].join("\n"),
  },
});

const demo = buildCommand<object, [], TauContext>({
  loader: () => import("./commands/demo.ts"),
  parameters: {},
  docs: {
    brief: "Take the tour: extensions at work, offline, in a few seconds",
    fullDescription: [
      "Runs example extensions with a scripted model: tools, events, a gate, a reload, a crash. Needs no network and no key,",
      "changes nothing, and checks its own results.",
      "",
      "  tau demo",
    ].join("\n"),
  },
});

const agent = buildCommand<AgentFlags, string[], TauContext>({
  loader: () => import("./commands/agent.ts"),
  parameters: {
    positional: { kind: "array", parameter: { parse: String, placeholder: "message", brief: "What to say first" } },
    flags: agentFlags,
    aliases: agentAliases,
  },
  docs: {
    brief: "Work with the agent: a conversation, or one answer",
    customUsage: ["[message]", '-p "message"'],
    fullDescription: [
      "A conversation in the terminal, with the extensions of ~/.tau/extensions and of the project's .tau/extensions.",
      "",
      "  tau",
      '  tau -m anthropic/claude-sonnet-4-5 "What is in this folder?"',
      '  git diff | tau -p "Write a commit message"',
      '  tau --mode json -p "What is in this folder?"',
      "  tau --continue",
    ].join("\n"),
  },
});

const ROUTES = { agent, tools, call, ext: extRoutes, conformance, doctor, demo } satisfies Record<
  "agent" | (typeof OTHER_COMMANDS)[number],
  unknown
>;

const DESCRIPTION = `Extensions for LLM agents: one source file each, run as a process of its own.

  tau "What is in this folder?"
  tau -p "What is in this folder?"
  tau demo
  tau tools -e ./web-search.ts
  tau call web_search '{"query": "tau"}' -e ./web-search.ts
  tau ext list
  tau conformance -- python3 ./weather.py

Exit codes: 0 done; 1 the tool or the extension failed; 2 wrong usage; 130 stopped by Ctrl-C.`;

export const app: Application<TauContext> = buildApplication(
  buildRouteMap({
    routes: ROUTES,
    defaultCommand: "agent",
    docs: { brief: "Extensions for LLM agents", fullDescription: DESCRIPTION },
  }),
  {
    name: "tau",
    versionInfo: { getCurrentVersion: packageVersion },
    scanner: { allowArgumentEscapeSequence: true, caseStyle: "allow-kebab-for-camel" },
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: (facts) => `error: ${text_en.noCommandRegisteredForInput(facts)}\nTry: tau --help`,
        exceptionWhileParsingArguments(error, ansiColor) {
          return `error: ${text_en.exceptionWhileParsingArguments.call(this, error, ansiColor)}\nAdd --help to see what is expected.`;
        },
      },
    },
  },
);
