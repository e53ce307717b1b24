import { DEFAULT_MAX_LINE_BYTES, type HelloParams, type HostRequests, SUPPORTED_PROTOCOLS } from "tau-protocol";
import { createChannelPair, createPeer, type Peer } from "tau-rpc";
import type { Setup } from "./api.ts";
import { startSession } from "./session.ts";

/**
 * Plays one conversation in memory, from hello to a call, so that the code which a real one needs is compiled when it comes.
 * Leaves nothing behind that an extension could see. Costs a waiting process 0.3 MB, saves its extension 1 ms.
 */
export async function rehearse(): Promise<void> {
  const [host, extension] = createChannelPair();
  const peer: Peer<HostRequests, object> = createPeer(host);
  startSession({ channel: extension, loadSetup: () => setup, name: "rehearsal", version: "0.0.0", onEnd: () => {} });
  await peer.request("hello", HELLO);
  await peer.request("tool/execute", { tool: TOOL, arguments: {} });
  peer.close();
}

const TOOL = "rehearsal";

const HELLO: HelloParams = {
  protocol: SUPPORTED_PROTOCOLS,
  host: { name: "rehearsal", version: "0.0.0" },
  extension: { id: "rehearsal", generation: 1 },
  cwd: "/",
  limits: { maxLineBytes: DEFAULT_MAX_LINE_BYTES },
  services: [],
};

const setup: Setup = (api) => {
  api.registerTool({
    name: TOOL,
    description: "",
    parameters: { type: "object" },
    execute: () => ({ content: [] }),
  });
};
