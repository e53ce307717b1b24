/** How one extension takes what all share. Each has an end of its own, should nothing else end it. */
export interface Hog {
  kind: string;
  /** Runs in the tool `hog`, which need not answer. */
  body: string;
  /** From outside, where the hog can't do it to itself. */
  signal?: "SIGSTOP";
}

/** What a hog does at most: the machine that runs this is a shared one. */
const LIMIT_MS = 60_000;

export const HOGS: readonly Hog[] = [
  { kind: "an endless loop", body: `const end = Date.now() + ${LIMIT_MS}; while (Date.now() < end);` },
  {
    kind: "a heap that grows without bound",
    // A quarter of a MiB at a time, so that the extension still does its other work, up to 1.5 GiB.
    body: `
      const kept = [];
      const grow = () => { for (let i = 0; i < 16; i++) kept.push(new Array(32_768).fill(Math.random())); if (kept.length < 6144) setImmediate(grow); };
      grow();`,
  },
  { kind: "a stop signal", body: "", signal: "SIGSTOP" },
  {
    kind: "a flood of output",
    body: `
      const line = "x".repeat(1000) + "\\n";
      const end = Date.now() + ${LIMIT_MS};
      const flood = () => { if (Date.now() > end) return; for (let i = 0; i < 100; i++) process.stdout.write(line); setImmediate(flood); };
      flood();`,
  },
  {
    kind: "processes that start processes",
    // A bomb with a fuse: each process starts two, four deep, 31 in all, all of which spin and end by themselves after 5 s.
    body: `
      const { spawn } = await import("node:child_process");
      const script = 'if [ "$1" -gt 0 ]; then for i in 1 2; do sh -c "$2" sh $(($1 - 1)) "$2" & done; fi; exec timeout 5 sh -c "while :; do :; done"';
      spawn("sh", ["-c", script, "sh", "4", script], { stdio: "ignore" });`,
  },
];

export function hogSource({ body }: Hog): string {
  return `
    import { ToolResult } from "tau-ext";
    export default (api) => {
      api.registerTool({ name: "hog", description: "", parameters: { type: "object" }, async execute() {
        setTimeout(() => void start(), 1);
        return ToolResult.text("in a moment");
      } });
    };
    async function start() { ${body} }`;
}
