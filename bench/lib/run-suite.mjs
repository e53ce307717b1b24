// Rounds: every contestant once per round, so that whatever else the machine does in the meantime meets all of them.
import { runDriver } from "./run-driver.mjs";

/** @typedef {import("../suites/index.mjs").Suite} Suite */
/** @typedef {import("../suites/index.mjs").Round} Round */

/** What tells a ratio from a mishap; all of a suite's rounds, which take three times as long, also tell small changes from noise. */
const USUAL_ROUNDS = 2;

/** Who takes part. @param {Suite} suite @param {{ quick: boolean, without: string[] }} settings */
export function contestantsOf(suite, { quick, without }) {
  const all = (quick ? suite.quickContestants : undefined) ?? suite.contestants;
  return all.filter((name) => !without.includes(name));
}

/**
 * A contestant that can't be measured costs none of the others: it is left out of all rounds, and its error is told.
 * @param {Suite} suite
 * @param {{ quick: boolean, thorough: boolean, without: string[], cacheDir: string, core: number | undefined }} settings
 * @returns {Promise<{ rounds: Round[], failures: { contestant: string, error: string }[] }>}
 */
export async function runSuite(suite, { cacheDir, core, ...settings }) {
  const parameters = (settings.quick ? suite.quick : undefined) ?? suite.full;
  const count = settings.thorough ? suite.rounds : Math.min(USUAL_ROUNDS, suite.rounds);
  /** @type {Map<string, string>} */
  const errors = new Map();
  /** @type {Round[]} */
  const rounds = Array.from({ length: count }, () => ({}));
  for (const [index, round] of rounds.entries()) {
    const contestants = contestantsOf(suite, settings);
    for (const contestant of index % 2 === 0 ? contestants : contestants.toReversed()) {
      if (errors.has(contestant)) continue;
      const options = { ...parameters, contestant, cacheDir };
      try {
        round[contestant] = await runDriver(suite.driver, options, suite.pinned ? core : undefined);
      } catch (error) {
        errors.set(contestant, error instanceof Error ? error.message : String(error));
      }
    }
  }
  const failures = Array.from(errors, ([contestant, error]) => ({ contestant, error }));
  for (const round of rounds) for (const { contestant } of failures) delete round[contestant];
  return { rounds, failures };
}
