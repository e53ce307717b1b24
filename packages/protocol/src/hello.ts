import type { CommandDefinition, FlagDefinition } from "./commands.ts";
import type { HookRegistration } from "./hooks.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { HandedState } from "./reload.ts";
import type { ToolDefinition } from "./tools.ts";
import type { ProtocolRange } from "./version.ts";

/** `hello`, host → extension: the first line on every channel. */
export interface HelloParams {
  /** Versions the host speaks. */
  protocol: ProtocolRange;
  host: { name: string; version: string };
  extension: {
    id: string;
    /** Counts the versions of this extension that this host has started, from 1. */
    generation: number;
  };
  /** The agent's working directory. */
  cwd: string;
  /** The user's settings for this extension. @default {} */
  config?: JsonObject;
  /** Values of the flags the extension declared before, where the user gave some. */
  flags?: JsonObject;
  /** What the extension may do. An absent area is not restricted by tau (tier `process`). */
  permissions?: JsonObject;
  /** What the host accepts. */
  limits: PeerLimits;
  /** Areas of extension → host methods that work in this host, such as `ui` or `model`. */
  services: string[];
  /** What the previous generation handed over. */
  previousState?: HandedState;
}

export interface PeerLimits {
  /** The longest line this side accepts, in bytes without the newline. */
  maxLineBytes: number;
}

/** The answer to `hello`: everything the extension offers. Sent once `setup` has finished. */
export interface HelloResult {
  /** One version of the host's range. */
  protocol: number;
  name: string;
  version: string;
  /** The library behind it, for the logs. */
  sdk?: { name: string; version: string; language: string };
  /** @default { maxLineBytes: 16777216 } */
  limits?: PeerLimits;
  tools: ToolDefinition[];
  /** Events to be told of, never awaited. Names of spec/events.json. */
  events: string[];
  /** Events to decide on. */
  hooks: HookRegistration[];
  commands: CommandDefinition[];
  flags?: FlagDefinition[];
  /** `exclusive`: owns something that two generations can't both have, so stop before start. @default "parallel" */
  reload?: "parallel" | "exclusive";
  /** `eager`: does something by itself, so a host that puts off starts until there is something to do must not. @default "lazy" */
  start?: "lazy" | "eager";
  /** Whether the extension answers `selftest/run`. @default false */
  selfTest?: boolean;
  /** What became of `previousState`. @default "none" */
  state?: "accepted" | "declined" | "none";
}

/** `registry/update`, extension → host: tools added or removed after `hello`. All of it holds, or none. */
export interface UpdateRegistryParams {
  addTools?: ToolDefinition[];
  removeTools?: string[];
}

/** `shutdown`, host → extension: finish and answer, then exit. The channel closes at the deadline in any case. */
export interface ShutdownParams {
  reason: ShutdownReason;
}

export type ShutdownReason = "unload" | "reload" | "close" | "idle";

/** `log`, extension → host. */
export interface LogParams {
  level: LogLevel;
  message: string;
  data?: JsonValue;
}

export type LogLevel = "debug" | "info" | "warn" | "error";
