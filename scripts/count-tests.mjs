// Prints "N passed, N failed" from the JSON report of a vitest run; exits 1 unless all tests ran and passed.
import { existsSync, readFileSync } from "node:fs";

const file = process.argv[2];
if (!existsSync(file)) {
  console.log("The tests did not run.");
  console.log("0 passed, 0 failed");
  process.exit(1);
}

const { success, numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(file, "utf8"));
const failed = numFailedTests + testResults.filter(failedToLoad).length;
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exit(success && failed === 0 && numPassedTests > 0 ? 0 : 1);

/** A file that throws while it is imported fails without a single failed test; it counts as one. */
function failedToLoad({ status, assertionResults }) {
  return status === "failed" && !assertionResults.some((test) => test.status === "failed");
}
