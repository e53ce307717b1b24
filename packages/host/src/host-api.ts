import type { EventName, JsonObject, JsonValue, ToolResult } from "tau-protocol";
import type { CommandDescriptor, CommandOptions, Completion, FlagDescriptor } from "./commands.ts";
import type { Decision, DecideOptions } from "./hooks.ts";
import type { ProcessUsage } from "./launch/limits.ts";
import type { LogLine } from "./output-log.ts";
import type { ToolDescriptor } from "./registry.ts";
import type { ExtensionSource } from "./source.ts";
import type { CallOptions, ExtensionInfo, HostEvents, LoadOptions } from "./types.ts";

/** A hook's way to the user; see {@link Host.decide}. */
export type HostDecideOptions = Omit<DecideOptions, "onFailure">;

/** Loads extensions and routes calls to them. Made by {@link createHost}. */
export interface Host extends AsyncDisposable {
  /**
   * Builds and starts an extension and offers its tools.
   * @throws TauError with `phase`, and `diagnostics`, `exitCode`, `stderrTail` where there are any. Nothing is left then.
   */
  load(source: ExtensionSource, options?: LoadOptions): Promise<ExtensionInfo>;
  /** The tools of all extensions, in order of loading. */
  tools(): ToolDescriptor[];
  /**
   * Runs a tool. Resolves with what the tool answered, `isError` included. Rejects with a TauError, always:
   * `unknown-tool`, `invalid-arguments`, `tool-failed` (it threw), `cancelled`, `timed-out`, `extension-crashed`,
   * `extension-killed`, `extension-stopped`, `invalid-result`, `message-too-large`, `overloaded`.
   */
  call(tool: string, args?: JsonObject, options?: CallOptions): Promise<ToolResult>;
  /**
   * Whether a tool can be called so. `call` looks for itself; this is for whoever has to know before they ask a user or a gate.
   * @throws TauError `unknown-tool`, `invalid-arguments`
   */
  checkArguments(tool: string, args: JsonObject): void;
  /** Tells the extensions that subscribed. Awaits nobody. */
  emit(event: EventName | `bus:${string}`, payload: JsonValue): void;
  /** Whether any extension subscribed to an event: whoever has to make a payload may save the work. */
  isHeard(event: EventName): boolean;
  /** Lets the extensions' hooks change or block an event. Never rejects; a failed gate blocks. */
  decide(event: EventName, payload: JsonObject, options?: HostDecideOptions): Promise<Decision>;
  /** The commands of all extensions, in order of loading. */
  commands(): CommandDescriptor[];
  /**
   * Runs what a user typed as `/name args`.
   * @throws TauError `unknown-command`, `cancelled`, `timed-out`, `extension-failed`, or how the extension ended
   */
  runCommand(name: string, args: string, options?: CommandOptions): Promise<void>;
  /** What could stand at the end of a command's arguments. @throws TauError `unknown-command` */
  completeCommand(name: string, prefix: string, signal?: AbortSignal): Promise<Completion[]>;
  /** The command line's flags that extensions read. */
  flags(): FlagDescriptor[];
  /** Forgets what extensions keep for the session (spec/protocol.md, S-2). */
  endSession(): void;
  /** Everything loaded, in order of loading. */
  extensions(): ExtensionInfo[];
  /** The last lines an extension printed and logged. @throws TauError `unknown-extension` */
  logs(extensionId: string): readonly LogLine[];
  /**
   * What an extension and all its processes use of the machine now. `undefined` while none runs, and where the system does not tell.
   * @throws TauError `unknown-extension`
   */
  usage(extensionId: string): Promise<ProcessUsage | undefined>;
  /** Swaps in the extension's present source. @throws TauError; the old version serves on then */
  reload(extensionId: string): Promise<ExtensionInfo>;
  /**
   * Reloads every extension, now and later loaded, when one of its files is saved: its sources, its manifest, its lockfile. Who was
   * saved in vain is told of as an `extension` event with an `error`; the version before serves on. The answer ends it.
   */
  watch(): () => void;
  /** Stops an extension and takes its tools away. @throws TauError `unknown-extension` */
  unload(extensionId: string): Promise<void>;
  /** Stops everything. Resolves when no process is left. May be called more than once. */
  close(): Promise<void>;
  /** The answer stops listening. */
  on<Name extends keyof HostEvents>(name: Name, listener: (event: HostEvents[Name]) => void): () => void;
}
