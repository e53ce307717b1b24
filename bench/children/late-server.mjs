// Answers every request after 50 ms. In a process of its own: a mechanism that blocks the host must not block the server.
import { createServer } from "node:http";

const server = createServer((_request, response) => setTimeout(() => response.end("late"), 50));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
