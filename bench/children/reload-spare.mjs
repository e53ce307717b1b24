import { Socket } from "node:net";
// The floor of a reload: an idle Node process that is given code and then answers calls. Nothing is checked.
import { createInterface } from "node:readline";

const socket = new Socket({ fd: 3 });
/** @type {Promise<{ execute: () => Promise<{ content: { text: string }[] }> }>} */
let tool;

createInterface({ input: socket }).on("line", (line) => void handle(line));

/** @param {string} line */
async function handle(line) {
  const { code } = JSON.parse(line);
  if (code !== undefined) {
    tool = import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`).then(
      (module) => new Promise((resolve) => module.default({ registerTool: resolve })),
    );
    return;
  }
  const { content } = await (await tool).execute();
  socket.write(`${JSON.stringify({ text: content[0].text })}\n`);
}
socket.on("end", () => process.exit());
