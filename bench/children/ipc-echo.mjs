// Answers over the channel of fork. It ends with the channel.
import { textOf } from "../lib/text.mjs";

process.on("message", ({ id, text, bytes }) => process.send({ id, text: bytes === undefined ? text : textOf(bytes) }));
