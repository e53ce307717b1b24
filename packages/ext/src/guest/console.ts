import type { GuestHost } from "./host-functions.ts";

/** Prints to the host's log. Values are shown plainly: there is no inspector here. */
export function createConsole(host: Pick<GuestHost, "print">): object {
  const printer =
    (stream: "stdout" | "stderr") =>
    (...values: unknown[]): void =>
      host.print(stream, `${values.map((value) => showValue(value)).join(" ")}\n`);
  const [out, err] = [printer("stdout"), printer("stderr")];
  return {
    log: out,
    info: out,
    debug: out,
    dir: (value: unknown) => out(value),
    group: out,
    groupEnd: () => {},
    warn: err,
    error: err,
    trace: (...values: unknown[]) => err(...values, new Error("trace").stack),
    assert: (condition: unknown, ...values: unknown[]) => {
      if (condition !== true && !condition) err("Assertion failed:", ...values);
    },
  };
}

export function showValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[Function: ${value.name}]`;
  if (value instanceof Error) return value.stack ?? String(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name} ${showJson([...value])}`;
  return showJson(value);
}

function showJson(value: object): string {
  try {
    return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner)) ?? "";
  } catch {
    // A cycle, or a getter that throws. Whoever prints must not fail for it.
    return Object.prototype.toString.call(value);
  }
}
