import type { LaunchOptions } from "./launcher-client.ts";
import type { ChannelKind } from "./messages.ts";

/** What a process is told of each. Source: spec/protocol.md, T-1. */
const NAMES: Readonly<Record<ChannelKind, string>> = { "fd3+4": "fd:3,4", stdio: "stdio" };

/** The channel that a process gets, and its environment with the name that tells it so. */
export function toldChannel(
  channel: ChannelKind,
  environment: Readonly<Record<string, string>>,
): Pick<LaunchOptions, "channel" | "env"> {
  return { channel, env: { ...environment, TAU_CHANNEL: NAMES[channel] } };
}
