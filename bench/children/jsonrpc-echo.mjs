// The same two calls by vscode-jsonrpc.
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { textOf } from "../lib/text.mjs";

const connection = createMessageConnection(
  new StreamMessageReader(process.stdin),
  new StreamMessageWriter(process.stdout),
);
connection.onRequest("echo", ({ text }) => text);
connection.onRequest("produce", ({ bytes }) => textOf(bytes));
connection.listen();
process.stdin.on("end", () => process.exit());
