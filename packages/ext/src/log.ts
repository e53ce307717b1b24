import type { JsonValue, LogLevel } from "tau-protocol";
import { errorText } from "tau-rpc";
import type { Log } from "./api.ts";
import type { HostPeer } from "./session.ts";

/** Writes to the host's log. */
export function createLog(peer: () => HostPeer): Log {
  const write =
    (level: LogLevel) =>
    (message: string, data?: JsonValue): void => {
      peer().notify("log", { level, message, ...(data === undefined ? {} : { data: sendable(data) }) });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** A cycle in its data must not cost the line. */
function sendable(data: JsonValue): JsonValue {
  try {
    JSON.stringify(data);
    return data;
  } catch (error) {
    return `(not JSON: ${errorText(error)})`;
  }
}
