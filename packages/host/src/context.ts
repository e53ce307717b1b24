import type { TauError } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { BuilderClient } from "./build/builder-client.ts";
import type { LauncherClient } from "./launch/launcher-client.ts";
import type { SchemaCompiler } from "./validate/schema.ts";

/** What all extensions of one host share. */
export interface HostContext {
  cwd: string;
  /** Where extensions' environments are taken from. */
  environment: NodeJS.ProcessEnv;
  limits: HostLimits;
  clock: Clock;
  launcher: LauncherClient;
  builder: BuilderClient;
  compiler: SchemaCompiler;
  /** Something failed that nobody waits for. */
  onError(error: TauError): void;
}

export interface HostLimits {
  /** From launch to the end of `setup`, in milliseconds. @default 15000 */
  startTimeoutMs: number;
  /** For one call, where the caller sets none. @default 600000 */
  callTimeoutMs: number;
  /** How long a cancelled call may take to answer before its extension is killed. @default 5000 */
  cancelGraceMs: number;
  /** How long calls in flight may take to finish when their version is replaced. @default 30000 */
  drainTimeoutMs: number;
  /** How long an extension may take to end when asked to. @default 2000 */
  shutdownTimeoutMs: number;
  /** The longest message either way, in bytes. @default 16777216 */
  maxLineBytes: number;
}
