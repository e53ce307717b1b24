// Contestants as people read them.

/** @type {Record<string, string>} */
const NAMES = {
  "c-pipe": "C ↔ C, pipes",
  raw: "Node ↔ Node, raw bytes",
  ndjson: "JSON lines, tuned",
  "ndjson-naive": "JSON lines, naive",
  mcp: "MCP SDK 1.x",
  mcp2: "MCP SDK 2.x",
  jsonrpc: "vscode-jsonrpc",
  ipc: "fork, process.send",
  worker: "worker thread",
  "in-process": "function in process",
  "python-loop": "Python, bare loop",
  "tau-python": "tau, Python",
  "tau-rust": "tau, Rust",
  "tau-uncached": "tau, not built before",
  "tau-sandbox": "tau, sandbox",
  "tau-wasm": "tau, guest",
  "tau-component": "tau, component",
  "component-reload": "component reloaded",
  bare: "bare Node",
  static: "static binary",
  rust: "tau, Rust",
  spare: "warm bare process",
  bundled: "bundled, warm process",
  fresh: "fresh process",
  pi: "pi's loader",
  cargo: "cargo build",
  each: "a line for each child",
  spawn: "child_process.spawn",
  oneThinking: "one, thinking",
  tenThinking: "ten, thinking",
  oneShell: "one shell hook",
  tenShell: "ten shell hooks",
  oneNode: "one hook in Node",
  tenNode: "ten hooks in Node",
  oneInside: "one in process",
  tenInside: "ten in process",
  "host-kill": "host killed",
  "a-process": "A process (tau)",
  "b-sync": "B C library",
  "c-future": "C futures, polled",
  "d-hosted": "D host's primitives",
  "e-wasm": "E WASM",
  "e-wasm-worker": "E WASM in a worker",
  "f-shared": "F shared runtime",
};

export const nameOf = (/** @type {string} */ contestant) => NAMES[contestant] ?? contestant;

/** Whose bars stand out. */
export const isTau = (/** @type {string} */ contestant) =>
  contestant === "tau" || contestant.startsWith("tau-") || contestant === "rust" || contestant === "a-process";
