// Who stands beside tau in a suite of calls, and what is said of two of them.

/** Floors, other libraries and mechanisms, and tau among them. */
export const peers = ["raw", "ndjson", "ndjson-naive", "tau", "mcp", "mcp2", "jsonrpc", "ipc", "worker"];

/** tau's other languages. */
export const languages = ["tau-python", "tau-rust"];

/** One's figure ÷ another's. @param {string} key @returns {(one: string, other: string) => (round: import("./index.mjs").Round) => number} */
export const ratioOf = (key) => (one, other) => (round) => round[one][key] / round[other][key];
