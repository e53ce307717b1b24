// What is measured, and what is good enough. To add a suite: a file here, a driver in ../drivers, a line below.
import { call, call4k, sparse } from "./call.mjs";
import { fanOuts } from "./fan-out.mjs";
import { gates } from "./gates.mjs";
import { loopBlock } from "./loop-block.mjs";
import { mechanisms } from "./mechanisms.mjs";
import { memory, memoryMany } from "./memory.mjs";
import { reload, reloadFive } from "./reload.mjs";
import { rustEdit, rustStart } from "./rust.mjs";
import { sandbox, sandboxStart } from "./sandbox.mjs";
import { size, size64 } from "./size.mjs";
import { startAgent, startLazy } from "./start-lazy.mjs";
import { start, startMany } from "./start.mjs";
import { supervision } from "./supervision.mjs";
import { throughput, throughput4k } from "./throughput.mjs";
import { wasmSuites } from "./wasm.mjs";

/**
 * @typedef {Record<string, Record<string, number>>} Round the figures of one round, by contestant
 *
 * @typedef {object} Figure something a driver measured
 * @property {string} key in the driver's result
 * @property {string} unit
 * @property {string} [label]
 *
 * @typedef {object} Aim a number that must hold on any machine: nearly always a ratio within one round
 * @property {string} name
 * @property {(round: Round) => number} value throws or gives NaN when a contestant is missing
 * @property {number} [atMost]
 * @property {number} [atLeast] without either it is shown for information
 * @property {string} [unit] none for a ratio
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} [group] another name for `--only`, which several suites may share
 * @property {string} about
 * @property {string} driver a file of ../drivers
 * @property {string[]} contestants the order of the tables
 * @property {boolean} pinned all of a driver's processes on one core
 * @property {number} rounds at most, in a thorough run
 * @property {object} full what the driver is told
 * @property {object} [quick] the same, shorter; a suite without it takes long however it is cut, and is left out of a quick run
 * @property {string[]} [quickContestants] who takes part in a quick run; everybody, without it
 * @property {Figure[]} figures
 * @property {Aim[]} aims
 */

/** @type {Suite[]} */
export const suites = [
  call,
  call4k,
  sparse,
  throughput,
  throughput4k,
  gates,
  ...fanOuts,
  supervision,
  size,
  size64,
  start,
  startMany,
  startLazy,
  startAgent,
  rustStart,
  rustEdit,
  reload,
  reloadFive,
  memory,
  memoryMany,
  loopBlock,
  sandbox,
  sandboxStart,
  ...wasmSuites,
  ...mechanisms,
];

/**
 * The suites that were named, or all; with `quick` without those that can't be quick, unless they were named.
 * @param {{ quick: boolean, only: string[] }} flags
 * @returns {{ chosen: Suite[], leftOut: string[] }}
 * @throws Error for a name that no suite has
 */
export function choose({ quick, only }) {
  const names = suites.flatMap(({ name, group }) => (group === undefined ? [name] : [name, group]));
  const wrong = only.find((name) => !names.includes(name));
  if (wrong !== undefined)
    throw new Error(`No suite is called ${wrong}. There are: ${[...new Set(names)].join(", ")}.`);
  if (only.length > 0) {
    return {
      chosen: suites.filter(({ name, group }) => only.includes(name) || only.includes(group ?? name)),
      leftOut: [],
    };
  }
  const left = suites.filter((suite) => quick && suite.quick === undefined);
  return { chosen: suites.filter((suite) => !left.includes(suite)), leftOut: left.map(({ name }) => name) };
}
