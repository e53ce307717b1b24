// What is measured, and what is good enough. To add a suite: a file here, a driver in ../drivers, a line below.
import { call, sparse } from "./call.mjs";
import { fanOuts } from "./fan-out.mjs";
import { gates } from "./gates.mjs";
import { loopBlock } from "./loop-block.mjs";
import { mechanisms } from "./mechanisms.mjs";
import { memory } from "./memory.mjs";
import { peers, peersThroughput } from "./peers.mjs";
import { python } from "./python.mjs";
import { reload, reloadFive } from "./reload.mjs";
import { rust, rustEdit, rustStart } from "./rust.mjs";
import { sandbox, sandboxStart } from "./sandbox.mjs";
import { size } from "./size.mjs";
import { startLazy } from "./start-lazy.mjs";
import { start } from "./start.mjs";
import { supervision } from "./supervision.mjs";
import { throughput } from "./throughput.mjs";
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
 * @property {string[]} contestants
 * @property {boolean} pinned all of a driver's processes on one core
 * @property {number} rounds
 * @property {object} full what the driver is told
 * @property {object} quick the same, shorter
 * @property {Figure[]} figures
 * @property {Aim[]} aims
 */

/** @type {Suite[]} */
export const suites = [
  call,
  sparse,
  python,
  rust,
  rustStart,
  rustEdit,
  throughput,
  gates,
  ...fanOuts,
  supervision,
  size,
  start,
  startLazy,
  reload,
  reloadFive,
  memory,
  loopBlock,
  sandbox,
  sandboxStart,
  ...wasmSuites,
  peers,
  peersThroughput,
  mechanisms,
];
