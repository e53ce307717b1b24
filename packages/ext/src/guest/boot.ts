/**
 * The SDK inside of a guest: JavaScript in QuickJS, compiled to WebAssembly, without a file, a socket or a variable of its machine. It
 * gives authors what they know of Node that needs none of these, and speaks with the host over the runner's functions.
 */
import type { ChannelFault } from "tau-rpc";
import { setupOf } from "../default-export.ts";
import { startSession } from "../session.ts";
import { AbortController, AbortSignal } from "./abort.ts";
import { createClockAndChance } from "./clock-and-chance.ts";
import { createConsole, showValue } from "./console.ts";
import { Event, EventTarget } from "./events.ts";
import { GuestChannel } from "./guest-channel.ts";
import type { GuestEntry, GuestHost } from "./host-functions.ts";
import { BOOT_NAME } from "./names.ts";
import { refuseFetch, Request, Response } from "./request-response.ts";
import { installStacks } from "./stacks.ts";
import { Timers } from "./timers.ts";
import { URLSearchParams } from "./url-search-params.ts";
import { createUrlClass } from "./url.ts";

/** The engine gives this in the place of an error when there is no memory for one. */
const NO_REASON = "null, which is also what a guest without memory rejects with (its limit: `guest.memoryBytes`)";

/** Called once, before any of the author's code runs. */
export function boot(host: GuestHost): GuestEntry {
  Reflect.deleteProperty(globalThis, BOOT_NAME);
  const { performance, random } = createClockAndChance(host);
  Math.random = random;
  const timers = new Timers(host);
  const channel = new GuestChannel(host);
  const die = (error: unknown): void => {
    host.print("stderr", `Uncaught ${showValue(error)}\n`);
    host.exit(1);
  };
  installStacks(host);
  installGlobals({ performance, ...timers.globals(), ...createGlobals(host, die) });
  const { name, version } = JSON.parse(host.identity()) as { name: string; version: string };
  startSession({
    channel,
    loadSetup: async () => setupOf(await host.load(), name),
    name,
    version,
    onEnd: () => host.exit(0),
  });
  return {
    receive: (line) => orDie(die, () => channel.receive(line)),
    fault: (json) => orDie(die, () => channel.fault(JSON.parse(json) as ChannelFault)),
    alarm: () => {
      channel.beginTurn();
      orDie(die, () => timers.fire());
    },
    interrupted: (reason) => {
      if (!channel.failCurrent(reason)) die(reason);
    },
    uncaught: (reason) => die(reason === null ? NO_REASON : reason),
    unheard: (reason) =>
      host.print("stderr", `Rejected in what was left of a call that was ended: ${showValue(reason)}\n`),
  };
}

function orDie(die: (error: unknown) => void, run: () => void): void {
  try {
    run();
  } catch (error) {
    die(error);
  }
}

function createGlobals(host: GuestHost, die: (error: unknown) => void): object {
  const { queueMicrotask: queue } = globalThis;
  return {
    console: createConsole(host),
    queueMicrotask: (callback: () => void) => queue(() => orDie(die, callback)),
    Event,
    EventTarget,
    AbortController,
    AbortSignal,
    URL: createUrlClass(host),
    URLSearchParams,
    Request,
    Response,
    fetch: refuseFetch,
    crypto: {
      getRandomValues: <View extends NodeJS.TypedArray>(view: View): View => {
        const { buffer, byteOffset, byteLength } = view;
        new Uint8Array(buffer, byteOffset, byteLength).set(host.randomBytes(byteLength));
        return view;
      },
      randomUUID: () => formatUuid(host.randomBytes(16)),
    },
    process: {
      env: JSON.parse(host.environment()) as Record<string, string>,
      exit: (code: unknown = 0) => host.exit(Number(code)),
    },
  };
}

/** Not enumerable, as an engine's own. */
function installGlobals(globals: object): void {
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/** Version 4. Source: https://www.rfc-editor.org/rfc/rfc9562#section-5.4 */
function formatUuid(random: Uint8Array): string {
  const bytes = random.map((byte, at) => (at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
