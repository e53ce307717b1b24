import type * as agent from "./agent.ts";
import type * as commands from "./commands.ts";
import type * as hello from "./hello.ts";
import type * as hooks from "./hooks.ts";
import type * as http from "./http.ts";
import type { CancelParams, ProgressParams } from "./jsonrpc.ts";
import type * as reload from "./reload.ts";
import type * as state from "./state.ts";
import type * as tools from "./tools.ts";
import type * as ui from "./ui.ts";

/** One request: what is sent, and what a success answers. */
interface Method<P, R> {
  params: P;
  result: R;
}

/** Requests the host makes. */
export interface HostRequests {
  hello: Method<hello.HelloParams, hello.HelloResult>;
  ping: Method<agent.Empty, agent.Empty>;
  "tool/execute": Method<tools.ExecuteToolParams, tools.ToolResult>;
  "hook/run": Method<hooks.RunHookParams, hooks.HookAnswer>;
  "command/run": Method<commands.RunCommandParams, agent.Empty>;
  "command/complete": Method<commands.CompleteCommandParams, commands.CompleteCommandResult>;
  "state/collect": Method<reload.CollectStateParams, reload.CollectStateResult>;
  "selftest/run": Method<reload.RunSelfTestParams, agent.Empty>;
  shutdown: Method<hello.ShutdownParams, agent.Empty>;
}

/** Notifications the host sends. */
export interface HostNotifications {
  "event/deliver": hooks.DeliverEventsParams;
  "$/cancel": CancelParams;
  "$/progress": ProgressParams;
}

/** Requests an extension makes. */
export interface ExtensionRequests {
  "registry/update": Method<hello.UpdateRegistryParams, agent.Empty>;
  "tool/call": Method<tools.CallToolParams, tools.ToolResult>;
  "ui/confirm": Method<ui.ConfirmParams, ui.ConfirmResult>;
  "ui/select": Method<ui.SelectParams, ui.TextPromptResult>;
  "ui/input": Method<ui.InputParams, ui.TextPromptResult>;
  "ui/editor": Method<ui.EditorParams, ui.TextPromptResult>;
  "model/generate": Method<agent.GenerateParams, agent.GenerateResult>;
  "state/get": Method<state.GetStateParams, state.GetStateResult>;
  "state/set": Method<state.SetStateParams, state.SetStateResult>;
  "state/delete": Method<state.DeleteStateParams, agent.Empty>;
  "state/keys": Method<state.ListStateParams, state.ListStateResult>;
  "http/fetch": Method<http.HttpFetchParams, http.HttpFetchResult>;
  "message/send": Method<agent.SendMessageParams, agent.Empty>;
  "message/sendUser": Method<agent.SendUserMessageParams, agent.Empty>;
  "session/append": Method<agent.AppendEntryParams, agent.Empty>;
  "session/entries": Method<agent.ReadEntriesParams, agent.ReadEntriesResult>;
  "session/branch": Method<agent.ReadEntriesParams, agent.ReadEntriesResult>;
  "session/getName": Method<agent.Empty, agent.SessionName>;
  "session/setName": Method<agent.SessionName, agent.Empty>;
  "agent/getActiveTools": Method<agent.Empty, agent.ActiveTools>;
  "agent/setActiveTools": Method<agent.ActiveTools, agent.Empty>;
  "agent/getModel": Method<agent.Empty, agent.ModelChoice>;
  "agent/setModel": Method<agent.ModelChoice, agent.Empty>;
  "agent/getContextUsage": Method<agent.Empty, agent.ContextUsage>;
  "agent/abort": Method<agent.Empty, agent.Empty>;
  "agent/compact": Method<agent.CompactParams, agent.Empty>;
  "agent/reload": Method<agent.ReloadParams, agent.Empty>;
}

/** Notifications an extension sends. */
export interface ExtensionNotifications {
  log: hello.LogParams;
  "ui/notify": ui.NotifyParams;
  "ui/status": ui.StatusParams;
  "ui/widget": ui.WidgetParams;
  "ui/title": ui.TitleParams;
  "bus/emit": agent.EmitParams;
  "$/cancel": CancelParams;
  "$/progress": ProgressParams;
}
