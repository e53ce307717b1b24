/**
 * tau-conformance: holds an extension against the rules of spec/protocol.md, over the channel and nothing else, so that its language
 * does not matter. Golden transcripts are replayed, and faults are injected. Knows no SDK and no host.
 */
export { allChecks } from "./checks/index.ts";
export type { Check, Level } from "./check.ts";
export { type CheckResult, type Outcome, type Report, runSuite, type SuiteOptions } from "./run-suite.ts";
export { formatReport } from "./format-report.ts";
export { LineChecker, type Side, type Validate } from "./line-checker.ts";
export { matches } from "./matches.ts";
export { readMethods, readSchema, readTranscripts, type MethodTable, type SchemaFile } from "./spec-files.ts";
export { parseTranscript, type Step, type Transcript } from "./transcript.ts";
export { createValidate } from "./validate.ts";
export type { Transport } from "./subject.ts";
