// A client of the MCP SDK with the bench's server, whichever generation of the SDK both are of.
import { childPath } from "./fd3-child.mjs";

/** @param {{ Client: new (info: object) => any, Transport: new (options: object) => any, server: string }} options */
export async function connectMcp({ Client, Transport, server }) {
  const transport = new Transport({
    command: process.execPath,
    args: [childPath(server)],
    maxBufferSize: 256 * 1024 * 1024, // its default of 10 MiB is too small for a 10 MB result
  });
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(transport);

  const call = async (/** @type {string} */ name, /** @type {Record<string, unknown>} */ input) => {
    const result = await client.callTool({ name, arguments: input });
    return result.content[0].text;
  };

  return {
    pid: transport.pid ?? undefined,
    echo: (/** @type {string} */ text) => call("echo", { text }),
    produce: (/** @type {number} */ bytes) => call("produce", { bytes }),
    close: () => client.close(),
  };
}
