/**
 * What the host starts for an extension in a guest: `node runner.cjs <assignment>`, with JSON of {@link GuestAssignment}. The channel is
 * on descriptors 3 and 4. This process moves lines between the two and holds the guest to its limits; it knows nothing of what they say.
 */
import { randomBytes } from "node:crypto";
import { MAX_QUEUED_BYTES } from "tau-protocol";
import { createFdLines, type LineSocket } from "tau-rpc";
import type { HostFunctions, Plain } from "./bind-functions.ts";
import { GuestVm, type GuestVmOptions } from "./guest-vm.ts";
import { PlaceFinder } from "./place-finder.ts";
import { changeUrl, parseUrl } from "./url-parts.ts";

/** What the runner is told. */
interface GuestAssignment {
  bundle: string;
  name: string;
  version: string;
  memoryBytes: number;
  cpuMsPerCall: number;
  /** Names of the variables that were granted. Their values are in this process's environment, where other users can't read them. */
  env: string[];
}

const CHANNEL = { fd: 3, writeFd: 4 };

/** Lines that are gathered before they are sent, in UTF-16 units. */
const SEND_UNITS = 64 * 1024;

/** The longest text that is asked for at a time, in bytes. */
const MAX_RANDOM_BYTES = 65_536;

const assignment = JSON.parse(process.argv[2] ?? "{}") as GuestAssignment;
const places = new PlaceFinder(assignment.bundle);
let lines: LineSocket | undefined;
let unsent = "";
let alarm: NodeJS.Timeout | NodeJS.Immediate | undefined;

const functions: HostFunctions = {
  send: (text, maxBytes) => send(asText(text), Number(maxBytes)),
  queuedBytes,
  close: () => {
    flush();
    lines?.close();
  },
  exit: (code) => end(Number(code) || 0),
  print: (stream, text) => {
    process[stream === "stdout" ? "stdout" : "stderr"].write(asText(text));
  },
  setAlarm: (delayMs) => setAlarm(Number(delayMs)),
  place: (line, column) => places.find(Number(line), Number(column)),
  parseUrl: (text, base) => parseUrl(asText(text), base === undefined ? undefined : asText(base)),
  changeUrl: (href, part, value) => changeUrl(asText(href), asText(part), asText(value)),
  randomBytes: (count) => randomBytes(Math.min(Number(count) || 0, MAX_RANDOM_BYTES)),
  environment: () => JSON.stringify(Object.fromEntries(assignment.env.map((name) => [name, process.env[name]]))),
  identity: () => JSON.stringify({ name: assignment.name, version: assignment.version }),
};

const options: GuestVmOptions = {
  folder: __dirname,
  bundle: assignment.bundle,
  memoryBytes: assignment.memoryBytes,
  cpuMs: assignment.cpuMsPerCall,
  functions,
  onBroken: (reason) => {
    process.stderr.write(`The guest was ended: ${reason}\n`);
    end(1);
  },
  onRest: flush,
};

let vm: GuestVm | undefined;

/** With nothing to wait for, Node's loop would stand still until all that compiles in the background is done, twice as long as the rest. */
const awake = setInterval(() => {}, 2 ** 30);

/** Lines are read when there is somebody to read them. */
void GuestVm.create(options).then((made) => {
  vm = made;
  lines = openChannel(made);
  clearInterval(awake);
});

function openChannel(guest: GuestVm): LineSocket {
  return createFdLines({
    ...CHANNEL,
    listener: {
      line: (text) => guest.turn("receive", text),
      oversized: (head, bytes) => guest.turn("fault", JSON.stringify({ kind: "oversized", head, bytes })),
      endless: (bytes) => guest.turn("fault", JSON.stringify({ kind: "endless-line", bytes })),
      notUtf8: (text) => guest.turn("fault", JSON.stringify({ kind: "not-utf8", text })),
      closed: () => end(0),
    },
  });
}

/** @returns 0, or its length in bytes where that is too long */
function send(text: string, maxBytes: number): number {
  // A UTF-16 unit is at most three bytes of UTF-8, so most lines need not be counted.
  const bytes = text.length * 3 > maxBytes ? Buffer.byteLength(text) : 0;
  if (bytes > maxBytes) return bytes;
  unsent += `${text}\n`;
  if (unsent.length > SEND_UNITS) flush();
  if (queuedBytes() <= 2 * MAX_QUEUED_BYTES) return 0;
  // The SDK stops long before: whoever comes so far means to fill this process's memory.
  process.stderr.write("The guest was ended: it sent more than the host could read.\n");
  return end(1);
}

function queuedBytes(): number {
  return unsent.length + (lines?.queuedBytes ?? 0);
}

function flush(): void {
  const ready = unsent;
  unsent = "";
  if (ready !== "") lines?.write(ready);
}

function setAlarm(delayMs: number): undefined {
  clearTimeout(alarm as NodeJS.Timeout);
  clearImmediate(alarm as NodeJS.Immediate);
  alarm = undefined;
  const ring = (): void => vm?.turn("alarm");
  if (delayMs >= 0) alarm = delayMs < 1 ? setImmediate(ring) : setTimeout(ring, delayMs);
}

function end(code: number): never {
  flush();
  process.exit(code);
}

function asText(value: Plain): string {
  return typeof value === "string" ? value : "";
}
