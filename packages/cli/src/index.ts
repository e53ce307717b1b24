/** tau-cli: the `tau` command, and what an agent needs to be seen by `tau ext`. What programs use otherwise is tau-host. */
export { app } from "./app.ts";
export { createContext, type TauContext } from "./context.ts";
export { type ControlServer, type ControlServerOptions, serveControl } from "./control/server.ts";
export {
  type ControlClientOptions,
  findProcesses,
  type FoundProcesses,
  type RunningProcess,
} from "./control/client.ts";
export type { ControlRequests, ErrorReport, ExtensionReport, ProcessReport, ReloadReport } from "./control/messages.ts";
