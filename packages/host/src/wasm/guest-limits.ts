import { TauError } from "tau-protocol";

/** What a guest (`isolation: "wasm"`) may use. */
export interface GuestLimits {
  /** All of its memory, that of the engine included (some 2 MiB), in bytes. More can't be allocated. @default 67108864 */
  memoryBytes?: number;
  /**
   * How long it may compute without a pause, in milliseconds of a processor: a call up to its first real wait, or what follows of a timer
   * or an answer. What takes longer is interrupted, and the call fails. @default 10000
   */
  cpuMsPerCall?: number;
}

const MIB = 1024 ** 2;

/** What the engine and the SDK need to come up at all, and the most that WebAssembly can address, in bytes. */
const [LEAST_BYTES, MOST_BYTES] = [4 * MIB, 4096 * MIB];

/** @throws TauError `invalid-option` */
export function resolveGuestLimits({
  memoryBytes = 64 * MIB,
  cpuMsPerCall = 10_000,
}: GuestLimits): Required<GuestLimits> {
  if (!(memoryBytes >= LEAST_BYTES && memoryBytes <= MOST_BYTES))
    throw refuse("memoryBytes", `a number between ${LEAST_BYTES} and ${MOST_BYTES}`, memoryBytes);
  if (!(cpuMsPerCall > 0 && Number.isFinite(cpuMsPerCall)))
    throw refuse("cpuMsPerCall", "a number above 0", cpuMsPerCall);
  return { memoryBytes, cpuMsPerCall };
}

function refuse(name: string, expected: string, got: unknown): TauError {
  const text = `Expected the limit \`guest.${name}\` to be ${expected}, got ${String(got)}.`;
  return new TauError("invalid-option", text, { executed: "no", phase: "launch" });
}
