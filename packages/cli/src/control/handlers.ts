import { type ExtensionInfo, type Host, type LogLine, nearest } from "tau-host";
import { TauError } from "tau-protocol";
import type { Channel, RequestContext, RequestHandler } from "tau-rpc";
import { CONTROL_PROTOCOL, type ControlRequests, type ProcessReport, type ReloadReport } from "./messages.ts";
import { describeError, reportExtension } from "./report.ts";

/** What the process is told as, for people. */
export interface ControlIdentity {
  /** Such as `tau call`. @default "tau" */
  title: string;
  /** @default process.cwd() */
  cwd: string;
}

/** A reader this far behind, in bytes, is told how many lines it misses instead of all of them. */
const MAX_BEHIND_BYTES = 1024 * 1024;

/** Answers to everything that may be asked; see {@link ControlRequests}. */
export function createHandlers(
  host: Host,
  identity: ControlIdentity,
  channel: Pick<Channel, "queuedBytes">,
): Record<keyof ControlRequests, RequestHandler> {
  return {
    ping: () => ({}),
    list: () => listExtensions(host, identity),
    reload: ({ extensionId }) => reload(host, find(host, extensionId).id),
    enable: ({ extensionId }) => enable(host, find(host, extensionId)),
    logs: ({ extensionId, lines, follow }, context) => {
      const { id } = find(host, extensionId);
      const past = host.logs(id);
      const wanted = typeof lines === "number" && lines >= 0 ? lines : past.length;
      for (const line of past.slice(Math.max(0, past.length - wanted))) context.progress(line);
      return follow === true ? followLog(host, id, context, channel) : {};
    },
  };
}

async function listExtensions(host: Host, { title, cwd }: ControlIdentity): Promise<ProcessReport> {
  const extensions = await Promise.all(host.extensions().map((info) => reportExtension(host, info)));
  return { protocol: CONTROL_PROTOCOL, pid: process.pid, cwd, title, extensions };
}

/** A reload that fails is an answer too: what is asked for next is how the extension is now. */
async function reload(host: Host, id: string): Promise<ReloadReport> {
  try {
    return { extension: await reportExtension(host, await host.reload(id)), changed: true, error: null };
  } catch (error) {
    return { extension: await reportExtension(host, find(host, id)), changed: false, error: describeError(error) };
  }
}

async function enable(host: Host, info: ExtensionInfo): Promise<ReloadReport> {
  if (info.state === "disabled" || info.state === "failed") return reload(host, info.id);
  return { extension: await reportExtension(host, info), changed: false, error: null };
}

/** Resolves when the extension is unloaded or the reader has had enough. */
function followLog(
  host: Host,
  id: string,
  context: RequestContext,
  channel: Pick<Channel, "queuedBytes">,
): Promise<object> {
  return new Promise((resolve) => {
    let missed = 0;
    const tell = (line: LogLine): void => {
      if (channel.queuedBytes > MAX_BEHIND_BYTES) {
        missed += 1;
        return;
      }
      if (missed > 0) context.progress(missedLines(missed, line.time));
      missed = 0;
      context.progress(line);
    };
    const stops = [
      host.on("log", ({ extensionId, ...line }) => {
        if (extensionId === id) tell(line);
      }),
      host.on("extension", ({ extensionId, to }) => {
        if (extensionId === id && to === "stopped") end();
      }),
    ];
    const end = (): void => {
      for (const stop of stops) stop();
      resolve({});
    };
    context.signal.addEventListener("abort", end, { once: true });
  });
}

function missedLines(count: number, time: number): LogLine {
  return { time, source: "host", level: "warn", text: `${count} lines were left out: too many too fast` };
}

/** @throws TauError `unknown-extension` */
function find(host: Host, id: unknown): ExtensionInfo {
  const infos = host.extensions();
  const info = infos.find((each) => each.id === id);
  if (info !== undefined) return info;
  const [near] = nearest(
    String(id),
    infos.map((each) => each.id),
  );
  const hint = near === undefined ? "" : ` Did you mean \`${near}\`?`;
  throw new TauError("unknown-extension", `There is no extension \`${String(id)}\`.${hint}`, { executed: "no" });
}
