/** What the host and its launcher tell each other, over the launcher's fd 3. */
import type { Excess, ProcessUsage, ResourceLimits } from "./limits.ts";

/**
 * Where a process expects its channel: a pipe to read from on fd 3 and one to write to on fd 4, or both on its stdin and stdout. Where
 * there are no pipes, both are one socket.
 */
export type ChannelKind = "fd3+4" | "stdio";

export interface LaunchParams {
  /** Names the process in every later message, and marks it and its descendants in their environment. */
  token: string;
  /** Names the channel that the host has opened its end of: `ListenResult.path`. */
  path: string;
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  channel: ChannelKind;
  /** What it may use, together with its descendants. What is left out is not limited: see `resolveLimits`. */
  limits?: ResourceLimits;
  /** A seccomp filter in base64, handed to the process on the descriptor behind its channel. */
  filter?: string;
  /**
   * A text that stands, in arguments and variables, for a folder that the launcher makes for this process and takes away after it.
   * Absent: it gets none.
   */
  temporaryFolder?: string;
}

/** What becomes a process's channel, once: a socket at `path`, on which the launcher listens, or the pipe that the process will read from. */
export interface ListenResult {
  path: string;
  /** The pipe that it will write to. */
  fromProcess?: string;
}

export interface SpawnResult {
  pid: number;
}

export interface LauncherRequests {
  listen: { params: Record<string, never>; result: ListenResult };
  spawn: { params: LaunchParams; result: SpawnResult };
  /** Kills the process and all its descendants. The answer comes when none is left. */
  kill: { params: { token: string }; result: Record<string, never> };
  /** Of the process and its descendants. No usage where the system does not tell, or when it has ended. */
  usage: { params: { token: string }; result: { usage?: ProcessUsage } };
}

export interface LauncherNotices {
  /** What was started does its work by now: what could wait for that need not wait any more. */
  up: Record<string, never>;
}

/** Output of a process, in the order in which it was read. */
export interface OutputParams {
  token: string;
  stream: "stdout" | "stderr";
  text: string;
  /** Bytes left out before `text`, because there were too many in too short a time. */
  droppedBytes: number;
}

/** A process and its descendants used more than they may, and are being killed. Told once, before the exit. */
export interface ExceededParams extends Excess {
  token: string;
}

/** A process has ended, all its output has been told, and its descendants are gone, but for those in `left`. */
export interface ExitParams {
  token: string;
  exitCode: number | null;
  signal: string | null;
  /** Descendants that could not be ended: of another user, or stuck in the kernel. */
  left?: number[];
}

/** The environment variable that marks a process and its descendants. */
export const MARK_VARIABLE = "TAU_PROCESS";
