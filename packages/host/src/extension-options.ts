import type { JsonObject } from "tau-protocol";
import type { HostContext } from "./context.ts";
import type { ExtensionUnit } from "./extension.ts";
import type { Offer } from "./hello-result.ts";
import type { ResourceLimits } from "./launch/limits.ts";
import type { ToolRegistry } from "./registry.ts";
import type { Isolation, Permissions } from "./sandbox/permissions.ts";
import type { ExtensionSource } from "./source.ts";
import type { ExtensionChange, HostLogLine } from "./types.ts";
import type { GuestLimits } from "./wasm/guest-limits.ts";

export interface ExtensionOptions {
  id: string;
  source: ExtensionSource;
  config: JsonObject;
  env: Readonly<Record<string, string>>;
  startTimeoutMs: number;
  /** `lazy`: not before there is something to do, where its offer is known. */
  start: "eager" | "lazy";
  /** Without anything to do for so long, it is stopped until there is. */
  idleTimeoutMs: number;
  resources: ResourceLimits;
  isolation: Isolation;
  permissions: Permissions;
  guest: GuestLimits;
  context: HostContext;
  registry: ToolRegistry<ExtensionUnit>;
  checkOffer: (offer: Offer) => void;
  /** These are the events that it hears from now on. */
  onEvents: (events: ReadonlySet<string>) => void;
  onChange(change: ExtensionChange): void;
  onLog(line: HostLogLine): void;
}

export interface ReloadOptions {
  /** Gives up a version that has not taken over yet, because there is a newer one. */
  signal?: AbortSignal;
  /** How long a failure is kept quiet, in milliseconds: a file that is just being written is often broken for a moment. */
  failureDelayMs?: number;
  /** Leaves a version that serves alone when the source still makes the same one. @default false */
  onlyIfChanged?: boolean;
}
