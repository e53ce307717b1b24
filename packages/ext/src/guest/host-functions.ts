/**
 * What the runner gives the guest. Numbers, texts and bytes go through, and nothing else: no object of the runner's can be reached by
 * way of them.
 */
export interface GuestHost {
  /** Sends one line, given without its newline. Answers 0, or the length in bytes where that is too long: nothing was sent then. */
  send(text: string, maxBytes: number): number;
  /** Bytes that the host has not read yet. */
  queuedBytes(): number;
  /** Ends the channel, after what was sent. */
  close(): void;
  /** Ends the process. */
  exit(code: number): void;
  print(stream: "stdout" | "stderr", text: string): void;
  /** Calls `alarm` once, after so many milliseconds; below 0 not at all. There is one alarm: the one set before is forgotten. */
  setAlarm(delayMs: number): void;
  /** Runs the extension's code: its function of CommonJS, or a promise of its namespace. Throws what that throws. */
  load(): unknown;
  /** Where a place in the bundle comes from, as `file:line:column`. */
  place(line: number, column: number): string | undefined;
  /** A URL taken apart, as JSON of {@link UrlParts}; `undefined` for what is none. */
  parseUrl(text: string, base: string | undefined): string | undefined;
  /** The same URL with one part replaced. */
  changeUrl(href: string, part: string, value: string): string;
  randomBytes(count: number): Uint8Array<ArrayBuffer>;
  /** Variables that were granted, as JSON. */
  environment(): string;
  /** The name and version of the extension, as JSON. */
  identity(): string;
}

/** What the runner calls. Each call, with all that follows of it before the guest comes to rest, is a turn. */
export interface GuestEntry {
  /** A line came from the host. */
  receive(line: string): void;
  /** Something else came: a `ChannelFault`, as JSON. */
  fault(json: string): void;
  alarm(): void;
  /** The turn before took too long and was ended in the middle; `reason` says where. */
  interrupted(reason: string): void;
  /** Nobody handles this rejection. */
  uncaught(reason: unknown): void;
  /** Nor this one, of a call that has failed already. */
  unheard(reason: unknown): void;
}

/** The parts of a URL that can be read. */
export const URL_PARTS = [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;

export type UrlPart = (typeof URL_PARTS)[number];
export type UrlParts = Record<UrlPart, string>;
