import { type Agent, createAgent, type SessionChoice, type UserInterface } from "tau-agent";
import type { ResourceLimits } from "tau-host";
import type { JsonObject } from "tau-protocol";
import type { TauContext } from "../context.ts";
import { readPolicies } from "../discovery/policies.ts";
import type { Settings } from "../discovery/settings.ts";
import { wrongUsage } from "../errors.ts";
import { given } from "../given.ts";
import { withGrants } from "../grants/with-grants.ts";
import { showOutput } from "../show-output.ts";
import { confinementOf } from "./confinement.ts";
import { checkFlags } from "./extension-flags.ts";
import type { AgentFlags } from "./flags.ts";
import { codingToolsPath, findSources, mergeSettings, type SourceOptions } from "./sources.ts";

export interface OpenOptions {
  context: TauContext;
  flags: AgentFlags;
  /** Flags of the command line that are none of tau's. */
  extensionFlags: JsonObject;
  user?: UserInterface;
  askTrust?: SourceOptions["askTrust"];
  /** An extension could not be loaded. The others are. */
  onFailure: (error: unknown) => void;
}

/** An agent with the extensions of the command line, the project and the user. The session has begun. */
export async function openAgent(options: OpenOptions): Promise<Agent> {
  const { context, flags, extensionFlags, user, askTrust } = options;
  const { env } = context.process;
  const cwd = process.cwd();
  const sources = await findSources({
    cwd,
    env,
    extensions: flags.extension ?? [],
    discover: flags.discover,
    note: context.terminal.note,
    ...(askTrust === undefined ? {} : { askTrust }),
  });
  const settings = mergeSettings(sources.settings);
  const policies = await readPolicies(env, sources.settings);
  const agent = await createAgent({
    host: { policies },
    cwd,
    environment: env,
    session: sessionFrom(flags),
    flags: extensionFlags,
    ...given({ model: flags.model ?? settings.model, thinking: flags.thinking ?? settings.thinking, user }),
  });
  if (flags.verbose === true) showOutput(agent.host, context.terminal);
  try {
    await loadAll(agent, sources.paths, { settings, all: sources.settings, options });
    checkFlags(extensionFlags, agent.host.flags());
  } catch (error) {
    await agent.close();
    throw error;
  }
  agent.start();
  return agent;
}

interface Loading {
  settings: Settings;
  /** The project's before the user's. */
  all: readonly Settings[];
  options: OpenOptions;
}

/** What the command line names must load; what was found may be broken without costing the rest. */
async function loadAll(agent: Agent, paths: readonly string[], { settings, all, options }: Loading): Promise<void> {
  const { signal } = options.context;
  const own = codingToolsPath();
  const rest = paths.filter((path) => path !== own);
  await Promise.all(
    rest.map(async (path) => {
      try {
        const id = suggestedId(path);
        const { config = {} } = settings;
        const env = granted(id, settings, options);
        const confinement = await withGrants(path, confinementOf(id, all), options.context.process.env);
        await agent.host.load(path, { ...confinement, signal, keepFailed: true, config: config[id] ?? {}, env });
      } catch (error) {
        signal.throwIfAborted();
        options.onFailure(error);
      }
    }),
  );
  if (paths.includes(own)) await loadCodingTools(agent, own, { settings, all, options });
}

/** Those whose name nobody has taken. */
async function loadCodingTools(agent: Agent, path: string, { settings, all, options }: Loading): Promise<void> {
  const taken = agent.host.tools().map(({ name }) => name);
  const { codingTools = true } = settings;
  const config: JsonObject = { except: taken, ...(Array.isArray(codingTools) ? { tools: codingTools } : {}) };
  const env = granted(CODING_TOOLS, settings, options);
  try {
    const confinement = await withGrants(path, confinementOf(CODING_TOOLS, all), options.context.process.env);
    const { signal } = options.context;
    await agent.host.load(path, { ...confinement, id: CODING_TOOLS, config, env, resources: COMMANDS, signal });
  } catch (error) {
    options.context.signal.throwIfAborted();
    options.onFailure(error);
  }
}

/** Builds and test runs count as the extension that started them: what is a runaway elsewhere is a day's work here. */
const COMMANDS: ResourceLimits = { memoryBytes: Infinity, processes: 2048 };

/** The id of tau's own tools, in the settings too. */
const CODING_TOOLS = "coding-tools";

/** The variables that the settings let an extension see. */
function granted(id: string, { env = {} }: Settings, { context }: OpenOptions): Record<string, string> {
  return Object.fromEntries((env[id] ?? []).flatMap((name) => grant(name, context.process.env)));
}

function grant(name: string, env: NodeJS.ProcessEnv): [string, string][] {
  const value = env[name];
  return value === undefined ? [] : [[name, value]];
}

function suggestedId(path: string): string {
  const name = path.split("/").at(-1) ?? path;
  return name.replace(/\.[a-z]+$/, "");
}

/** @throws CliError when both are asked for */
function sessionFrom(flags: AgentFlags): SessionChoice {
  if (flags.continue === true && flags.resume !== undefined)
    throw wrongUsage("Expected --continue or --resume, got both.");
  if (flags.continue === true) return { kind: "continue" };
  return flags.resume === undefined ? { kind: "new" } : { kind: "resume", id: flags.resume };
}
