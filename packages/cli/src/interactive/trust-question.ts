import type { Trust } from "../trust/decide-trust.ts";
import type { Questions } from "./questions.ts";

const MAX_NAMED = 12;

/** Whether a project's extensions may run. Not to answer is a no. */
export async function askTrust(
  { folder, files, changed }: Extract<Trust, { kind: "untrusted" }>,
  questions: Questions,
  signal: AbortSignal,
): Promise<boolean> {
  const names = changed ?? Object.keys(files);
  const named = names.slice(0, MAX_NAMED).map((name) => `  ${name}`);
  if (names.length > named.length) named.push(`  … ${names.length - named.length} more`);
  const title =
    changed === undefined
      ? `${folder} has extensions and settings of its own. Do you trust them?`
      : `${folder} changed since you trusted it. Do you still trust it?`;
  const message = [
    ...(changed === undefined
      ? ["They run as programs of yours, with everything that you may do:"]
      : ["What changed:"]),
    ...named,
  ].join("\n");
  const choices = [
    { value: "yes", label: "Trust it, until it changes", key: "y" },
    { value: "no", label: "Go on without it", key: "n" },
  ];
  return (await questions.choose({ title, message, choices, initial: 1 }, { signal })) === "yes";
}
