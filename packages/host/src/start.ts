import {
  type HandedState,
  isTauError,
  type JsonObject,
  type StartPhase,
  SUPPORTED_PROTOCOLS,
  TauError,
  withDetails,
} from "tau-protocol";
import type { HostContext } from "./context.ts";
import { Generation, type GenerationOptions } from "./generation.ts";
import { readHelloResult } from "./hello-result.ts";
import { HOST_VERSION } from "./host-version.ts";
import type { Launched, LaunchListener } from "./launch/launcher-client.ts";
import { excessError } from "./launch/limits.ts";
import { serviceAreas } from "./services.ts";

export interface StartOptions extends Omit<GenerationOptions, "launched"> {
  config: JsonObject;
  context: HostContext;
  startTimeoutMs: number;
  /** What the version before hands over. */
  previousState: HandedState | undefined;
  /** Gives up the start. Its reason is a TauError. */
  signal: AbortSignal;
}

/** How long a silent extension has to show, by a ping, that it is only its setup that does not end. */
const PING_TIMEOUT_MS = 300;

/** What the next process needs takes milliseconds of a processor. Whoever has waited for this one, which opens its channel now, calls it first. */
const UP_DELAY_MS = 10;

/**
 * Launch → handshake → self-test. Answers with a generation that has offered its tools, or leaves nothing behind.
 * @throws TauError with the phase, the exit code and the last output
 */
export async function startGeneration(options: StartOptions): Promise<Generation> {
  options.signal.throwIfAborted();
  const { generation, launched } = await launch(options);
  const abort = (): void => generation.kill(options.signal.reason as TauError);
  options.signal.addEventListener("abort", abort, { once: true });
  // Given up while it was being launched: no event tells of that any more.
  if (options.signal.aborted) abort();
  try {
    await shakeHands(generation, options);
    // Programs start in less time than that, one after the other, and open nothing any more.
    if (options.plan.runtime === "node") options.context.clock.setTimeout(() => launched.up(), UP_DELAY_MS);
    else launched.up();
    return generation;
  } catch (error) {
    const failure = await explainFailure(generation, options, error);
    generation.kill(failure);
    await generation.ended;
    throw failure;
  } finally {
    options.signal.removeEventListener("abort", abort);
  }
}

async function launch(options: StartOptions): Promise<{ generation: Generation; launched: Launched }> {
  try {
    const { context, extensionId, log, plan } = options;
    let generation: Generation | undefined;
    const listener: LaunchListener = {
      output: ({ stream, text, droppedBytes }) => log.addOutput(stream, text, droppedBytes),
      exceeded: (excess) => generation?.kill(excessError(extensionId, excess)),
    };
    const spare = context.spares.take(plan.launch, listener);
    const launched = spare ?? (await context.launcher.launch(plan.launch, listener));
    generation = new Generation({ ...options, launched });
    return { generation, launched };
  } catch (error) {
    throw isTauError(error) ? withDetails(error, { phase: "launch" }) : error;
  }
}

async function shakeHands(generation: Generation, options: StartOptions): Promise<void> {
  const { context, extensionId, config, previousState } = options;
  const answered = generation.hello(
    {
      protocol: SUPPORTED_PROTOCOLS,
      host: { name: "tau-host", version: HOST_VERSION },
      extension: { id: extensionId, generation: options.number },
      cwd: context.cwd,
      config,
      limits: { maxLineBytes: context.limits.maxLineBytes },
      services: [...serviceAreas(context.services), ...(options.plan.network === undefined ? [] : ["http"])],
      ...(options.plan.permissions === undefined ? {} : { permissions: options.plan.permissions }),
      ...(Object.keys(context.flags).length === 0 ? {} : { flags: { ...context.flags } }),
      ...(previousState === undefined ? {} : { previousState }),
    },
    options.startTimeoutMs,
  );
  generation.offering = answered.then((answer) => readHelloResult(answer, context.compiler));
  const offer = await generation.offering;
  // It may have ended while its offer was read.
  if (generation.failure !== undefined) throw generation.failure;
  generation.useOffer(offer);
  if (offer.selfTest) await runSelfTest(generation, options);
}

async function runSelfTest(generation: Generation, { extensionId, startTimeoutMs }: StartOptions): Promise<void> {
  try {
    await generation.request("selftest/run", {}, { timeoutMs: startTimeoutMs });
  } catch (error) {
    if (isTauError(error) && error.code === "timed-out") {
      const text = `The self-test of extension \`${extensionId}\` has not finished within ${startTimeoutMs} ms.`;
      throw new TauError("start-timeout", text, { executed: "no", phase: "register", cause: error });
    }
    if (!isTauError(error) || error.code !== "extension-failed") throw error;
    const text = `The self-test of extension \`${extensionId}\` failed: ${error.message}`;
    throw new TauError("extension-failed", text, { executed: "no", phase: "register", cause: error });
  }
}

/** The same error, with the phase it happened in, the way the process ended and its last output. */
async function explainFailure(generation: Generation, options: StartOptions, error: unknown): Promise<TauError> {
  const { extensionId, log, startTimeoutMs } = options;
  const facts = { extensionId, stderrTail: log.tail() };
  if (!isTauError(error)) return new TauError("protocol-violation", String(error), { ...facts, cause: error });
  if (error.code === "timed-out") {
    const alive = await generation.ping(PING_TIMEOUT_MS);
    const [phase, text]: [StartPhase, string] = alive
      ? ["setup", `its \`setup\` has not finished. Start long work without awaiting it in setup`]
      : ["handshake", `it has not answered \`hello\`. Is it a tau extension, and does it read its channel?`];
    const message = `Extension \`${extensionId}\` did not start within ${startTimeoutMs} ms: ${text}.${lastWords(facts.stderrTail)}`;
    return new TauError("start-timeout", message, { ...facts, stderrTail: log.tail(), phase, executed: "no" });
  }
  if (error.code === "extension-crashed" || error.code === "channel-closed") {
    const message = error.message.replace(/\.(\n|$)/, " before it was ready.$1");
    const { exitCode = null, signal = null } = error;
    return new TauError("start-exited", message, { ...facts, phase: "handshake", exitCode, signal, executed: "no" });
  }
  if (error.code === "setup-failed") return setupError(error, extensionId, facts.stderrTail);
  return withDetails(error, { ...facts, phase: "handshake" });
}

function setupError(error: TauError, extensionId: string, stderrTail: string[]): TauError {
  const text = `The setup of extension \`${extensionId}\` failed: ${error.message}`;
  const place = error.remoteStack === undefined ? "" : `\n${error.remoteStack}`;
  const { remoteStack } = error;
  return new TauError("setup-failed", `${text}${place}`, {
    extensionId,
    stderrTail,
    phase: "setup",
    executed: "no",
    cause: error,
    ...(remoteStack === undefined ? {} : { remoteStack }),
  });
}

function lastWords(tail: readonly string[]): string {
  return tail.length === 0
    ? ""
    : `\nIts last output:\n${tail
        .slice(-5)
        .map((line) => `  ${line}`)
        .join("\n")}`;
}
