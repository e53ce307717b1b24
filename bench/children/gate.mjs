// A hook as a Node script: started for each decision, reads the call on stdin.
import { readFileSync } from "node:fs";

const { tool } = JSON.parse(readFileSync(0, "utf8"));
console.log(tool === "forbidden" ? "block" : "continue");
