// Rounds: every contestant once per round, so that whatever else the machine does in the meantime meets all of them.
import { runDriver } from "./run-driver.mjs";

/** @typedef {import("../suites/index.mjs").Suite} Suite */
/** @typedef {import("../suites/index.mjs").Round} Round */

const QUICK_ROUNDS = 3;

/**
 * @param {Suite} suite
 * @param {{ quick: boolean, without: string[], cacheDir: string, core: number | undefined }} settings
 * @returns {Promise<Round[]>}
 */
export async function runSuite(suite, { quick, without, cacheDir, core }) {
  const contestants = suite.contestants.filter((name) => !without.includes(name));
  const parameters = quick ? suite.quick : suite.full;
  const rounds = [];
  for (let i = 0; i < (quick ? Math.min(QUICK_ROUNDS, suite.rounds) : suite.rounds); i++) {
    /** @type {Round} */
    const round = {};
    const order = i % 2 === 0 ? contestants : contestants.toReversed();
    for (const contestant of order) {
      round[contestant] = await runDriver(
        suite.driver,
        { ...parameters, contestant, cacheDir },
        suite.pinned ? core : undefined,
      );
    }
    rounds.push(round);
  }
  return rounds;
}
