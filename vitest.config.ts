import { defineConfig } from "vitest/config";

// Set by .ci/run, which counts the results from a file instead of reading them off the screen.
const report = process.env["TAU_TEST_REPORT"];

export default defineConfig({
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "tests/**/*.test.ts",
      "spec/**/*.test.ts",
      "chaos/**/*.test.ts",
      "examples/*/*.test.ts",
    ],
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    // Node itself loads the built packages, as it will for their users; vite only sees the tests.
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  },
});
