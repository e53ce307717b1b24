// The floor of a round trip: gives every chunk of bytes back, unread.
const net = require("node:net");

const socket = new net.Socket({ fd: 3 });
socket.on("data", (chunk) => socket.write(chunk));
socket.on("end", () => process.exit());
