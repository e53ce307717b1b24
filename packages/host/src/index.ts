/**
 * tau-host: loads extensions, runs each as a process of its own, and routes calls, events and hooks to them. This file is the
 * whole public surface.
 */
export { createHost } from "./host.ts";
export type { Host, HostDecideOptions } from "./host-api.ts";
export type { HostLimits, HostOptions } from "./context.ts";
export type { CallOptions, ExtensionChange, ExtensionInfo, HostEvents, HostLogLine, LoadOptions } from "./types.ts";
export type { CommandDescriptor, CommandOptions, Completion, FlagDescriptor } from "./commands.ts";
export {
  type HostServices,
  SERVICE_METHODS,
  type ServiceContext,
  type ServiceHandler,
  type ServiceMethod,
  type ServiceNotification,
} from "./services.ts";
export type { ExtensionStateKind } from "./extension-state.ts";
export { type CommandSource, type ExtensionSource, isSourceFile } from "./source.ts";
export type { ProcessUsage, ResourceLimits } from "./launch/limits.ts";
export type { Forbidden, Policy } from "./policy/policy.ts";
export { buildComponent, type BuildComponentOptions } from "./wasm/build-component.ts";
export type { GuestLimits } from "./wasm/guest-limits.ts";
export type { SandboxLayer } from "./sandbox/confine.ts";
export type { Isolation, Permissions } from "./sandbox/permissions.ts";
export { DEFAULT_PERMISSION_LIMITS, type PermissionLimits } from "./sandbox/permission-limits.ts";
export { readAskedPermissions } from "./sandbox/asked-permissions.ts";
export type { Decision } from "./hooks.ts";
export type { LogLine } from "./output-log.ts";
export type { ToolDescriptor } from "./registry.ts";
export { formatDiagnostic } from "./build/diagnostics.ts";
export { nearest } from "./nearest.ts";
export { isTauError, TauError, type TauErrorCode, type ToolDefinition, type ToolResult } from "tau-protocol";
