import { isDeepStrictEqual } from "node:util";
import type { LaunchOptions } from "./launcher-client.ts";

/** The params of `runner/load`. A contract between host and runner of one release, and no part of the protocol. */
export interface SpareAssignment {
  /** A path: the runner reads the bundle, and when asked for a stack its map, where a fresh process does. */
  bundle: string;
  name: string;
  version: string;
  /** Variables that the spare was started without, or with other values. */
  env: Record<string, string>;
}

/** Where a release of the dynamic loader, of Node, V8, ICU, OpenSSL or the C library looks once, when it is loaded. */
const READ_AT_START = [
  /^(NODE|UV|ICU|OPENSSL|SSL|LD|DYLD|MALLOC|GLIBC|ASAN|LC|TAU)_/,
  // ICU takes the default locale from these; `TZ`, which Node follows, is none of them.
  /^(LANG|LANGUAGE|LOCPATH|GCONV_PATH|CARES_HOSTS)$/,
];

/** Begins like one of Node's own, and is read by nobody but programs. */
const READ_BY_PROGRAMS = ["NODE_ENV"];

/**
 * What a spare has to be told to become the process that `wanted` would start, or `undefined` where it can't: another
 * program, directory, limit or flag, a variable too few, or one that counts at a process's start only.
 */
export function assignSpare(spare: LaunchOptions, wanted: LaunchOptions): SpareAssignment | undefined {
  const { args, env, ...place } = wanted;
  const { args: spareArgs, env: spareEnv, ...sparePlace } = spare;
  const [bundle, name, version, ...further] = args.slice(spareArgs.length);
  if (bundle === undefined || name === undefined || version === undefined || further.length > 0) return undefined;
  if (!isDeepStrictEqual(place, sparePlace)) return undefined;
  if (!isDeepStrictEqual(args.slice(0, spareArgs.length), spareArgs)) return undefined;
  if (Object.keys(spareEnv).some((variable) => !Object.hasOwn(env, variable))) return undefined;
  const granted = Object.entries(env).filter(([variable, value]) => spareEnv[variable] !== value);
  if (!granted.every(([variable, value]) => takesEffectLater(variable, value))) return undefined;
  return { bundle, name, version, env: Object.fromEntries(granted) };
}

/** Whether a process may be given the variable after its start and is then as if it had been started with it. */
export function takesEffectLater(variable: string, value: string): boolean {
  // What the system makes of odd names is another thing at a start and later.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) || value.includes("\0")) return false;
  return READ_BY_PROGRAMS.includes(variable) || !READ_AT_START.some((pattern) => pattern.test(variable));
}
