/**
 * What the host starts for a component: `node component-runner.cjs <assignment>`, with JSON of {@link ComponentAssignment}, and the channel
 * on descriptors 3 and 4. The component has one import, the host's `call`, which answers before it returns.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { errorText, fromWireError, type Peer } from "tau-rpc";
import type { Setup } from "../api.ts";
import { capMemory } from "../guest-runner/cap-memory.ts";
import { startSession } from "../session.ts";
import { BlockingChannel } from "./blocking-channel.ts";
import { setupOfComponent } from "./component-setup.ts";
import { type Call, type Component, type ComponentModule, HOST_INTERFACE } from "./component.ts";

interface ComponentAssignment {
  /** The folder that the component was made into. */
  bundle: string;
  name: string;
  version: string;
  /** Of each of its memories. */
  memoryBytes: number;
}

/** Components of QuickJS use what V8 has had by itself since Node 22. */
const EXTENDED_CONST = "--experimental-wasm-extended-const";
const FIRST_WITH_EXTENDED_CONST = 22;

const { bundle, name, version, memoryBytes } = JSON.parse(process.argv[2] ?? "{}") as ComponentAssignment;
const channel = new BlockingChannel({ fd: 3, writeFd: 4 });
let peer: Peer<Record<string, { params: object; result: unknown }>, object> | undefined;

process.on("uncaughtException", (error: unknown) => {
  process.stderr.write(`Uncaught ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

startSession({
  channel,
  name,
  version,
  loadSetup,
  onPeer: (made) => {
    peer = made as never;
  },
  onEnd: () => process.exit(),
});

function loadSetup(): Setup {
  if (Number.parseInt(process.versions.node) < FIRST_WITH_EXTENDED_CONST) setFlagsFromString(EXTENDED_CONST);
  const made = require(join(bundle, "component.cjs")) as ComponentModule;
  const core = (file: string): WebAssembly.Module =>
    new WebAssembly.Module(capMemory(readFileSync(join(bundle, basename(file))), memoryBytes));
  return setupOfComponent(withTraps(made.instantiate(core, { [HOST_INTERFACE]: { call } })));
}

const call: Call = (method, paramsJson) => {
  try {
    return ask(method, paramsJson);
  } catch (error) {
    // What it answers the component by, and not what it ends it by.
    throw Object.assign(new Error("call"), { payload: errorText(error) });
  }
};

function ask(method: string, paramsJson: string): string {
  if (peer === undefined) throw new Error("there is no host yet");
  const parent = channel.current === undefined ? {} : { parent: channel.current };
  const giveUp = new AbortController();
  const options = { ...parent, signal: giveUp.signal };
  // Its answer is read below, before anybody who would wait for it could run.
  void peer.request(method, JSON.parse(paramsJson) as object, options).catch(() => undefined);
  const answer = channel.awaitAnswer() as { result?: unknown; error?: unknown } | undefined;
  if (answer === undefined) {
    giveUp.abort();
    throw new Error("the call was cancelled");
  }
  if (answer.error !== undefined && answer.error !== null) throw new Error(fromWireError(answer.error).message);
  return JSON.stringify(answer.result);
}

/** After a trap nothing in a component can be relied on: its process ends, and the host starts another. */
function withTraps(component: Component): Component {
  return new Proxy(component, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        try {
          return value.apply(target, args) as unknown;
        } catch (error) {
          if (!isTrap(error)) throw error;
          process.stderr.write(`The component trapped: ${(error as Error).message}\n`);
          process.exit(1);
        }
      };
    },
  });
}

/** Errors that a component answers are of a class of their own; those of `call` go through it as its results. */
function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError || error instanceof TypeError;
}
