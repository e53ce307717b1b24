import { availableParallelism } from "node:os";
import type { HelloResult, JsonObject } from "tau-protocol";
import type { Check, Level, Stage, StartOptions } from "./check.ts";
import { allChecks } from "./checks/index.ts";
import { Conversation } from "./conversation.ts";
import { CheckFailure, shown } from "./failure.ts";
import { LineChecker } from "./line-checker.ts";
import { readMethods, readSchema, type MethodTable } from "./spec-files.ts";
import { type Subject, startSubject, type Transport } from "./subject.ts";
import { createValidate, type Validate } from "./validate.ts";

export interface SuiteOptions {
  /** The program and its arguments. Started anew for each check. */
  command: readonly string[];
  /** @default "stdio" */
  transport?: Transport;
  /** Which checks: `full` for the reference extension, `basic` for others, unless told. */
  level?: Level | undefined;
  /** Only checks whose id contains one of these, or that name one as their rule. @default all */
  only?: readonly string[];
  /** How long an expected line, or exit, may take; the first answer of all has 10000 at least. @default 10000 */
  timeoutMs?: number;
  /** How many run at a time. @default the number of processors */
  jobs?: number;
  /** Tries every byte where a sample is tried otherwise. @default false */
  thorough?: boolean;
  /** @default the current one */
  cwd?: string;
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** Told of each result, in the order in which they are there. */
  onResult?: (result: CheckResult) => void;
}

export type Outcome = "passed" | "failed" | "skipped";

export interface CheckResult {
  id: string;
  group: string;
  title: string;
  rules: readonly string[];
  outcome: Outcome;
  /** Why it was skipped. */
  reason?: string;
  expected?: string;
  got?: string;
  /** The newest lines, `→` to the extension; and what it printed. Of failures. */
  transcript?: string[];
  printed?: string;
  durationMs: number;
}

export interface Report {
  command: readonly string[];
  transport: Transport;
  level: Level;
  extension: { name: string; version: string; isReference: boolean };
  /** In the order of the checks. */
  results: CheckResult[];
  passed: number;
  failed: number;
  skipped: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Runs the suite against an extension.
 * @throws CheckFailure when it can't be started or does not answer `hello`, for then nothing else can be said
 */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const runner = new Runner(options);
  const extension = await runner.probe();
  const level = options.level ?? (extension.isReference ? "full" : "basic");
  const chosen = chooseChecks(options.only ?? []);
  const results = await runner.runAll(chosen, (check) => skipReason(check, level, extension.isReference));
  const count = (outcome: Outcome): number => results.filter((result) => result.outcome === outcome).length;
  const { command, transport = "stdio" } = options;
  const totals = { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  return { command, transport, level, extension, results, ...totals };
}

function chooseChecks(only: readonly string[]): Check[] {
  const checks = allChecks();
  if (only.length === 0) return checks;
  // A whole id is no part of another one's: `commands/command` is one check.
  const ids = new Set(checks.map(({ id }) => id));
  const isMeant = ({ id, rules }: Check, each: string): boolean =>
    ids.has(each) ? id === each : id.includes(each) || rules.includes(each);
  return checks.filter((check) => only.some((each) => isMeant(check, each)));
}

function skipReason({ level, needsReference }: Check, wanted: Level, isReference: boolean): string | undefined {
  if (needsReference && !isReference) return "needs the tools of the reference extension";
  if (level === "full" && wanted === "basic") return "is asked of SDKs only (--level full)";
  return undefined;
}

class Runner {
  readonly #options: SuiteOptions;
  readonly #methods: MethodTable = readMethods();
  readonly #validate: Validate = createValidate(readSchema());

  constructor(options: SuiteOptions) {
    this.#options = options;
  }

  async probe(): Promise<Report["extension"]> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    // Without this answer there is no suite, and what was never started before is slow to start.
    const options = { ...this.#options, timeoutMs: Math.max(timeoutMs, DEFAULT_TIMEOUT_MS) };
    const stage = new TestStage({ ...this.#context(), options });
    try {
      const conversation = await stage.start();
      const { name, version, tools = [] } = (await conversation.hello()) as unknown as Partial<HelloResult>;
      const names = tools.map((tool) => tool.name);
      const isReference = name === "reference" && ["echo", "wait", "grow"].every((tool) => names.includes(tool));
      return { name: name ?? "without a name", version: version ?? "", isReference };
    } catch (error) {
      throw withOutput(error, stage.conversations[0]?.printed);
    } finally {
      await stage.dispose();
    }
  }

  async runAll(checks: readonly Check[], skip: (check: Check) => string | undefined): Promise<CheckResult[]> {
    const results: CheckResult[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < checks.length; index = next++) {
        const check = checks[index] as Check;
        const result = await this.#runOne(check, skip(check));
        results[index] = result;
        this.#options.onResult?.(result);
      }
    };
    await Promise.all(Array.from({ length: this.#options.jobs ?? availableParallelism() }, work));
    return results;
  }

  async #runOne({ id, group, title, rules, run }: Check, reason: string | undefined): Promise<CheckResult> {
    const facts = { id, group, title, rules };
    if (reason !== undefined) return { ...facts, outcome: "skipped", reason, durationMs: 0 };
    const stage = new TestStage(this.#context());
    const started = performance.now();
    const took = (): number => Math.round(performance.now() - started);
    try {
      await run(stage);
      for (const conversation of stage.conversations) await conversation.finish();
      return { ...facts, outcome: "passed", durationMs: took() };
    } catch (error) {
      const { expected, got } = asFailure(error);
      const last = stage.conversations.at(-1);
      const shownLines = { transcript: last?.transcript ?? [], printed: last?.printed ?? "" };
      return { ...facts, outcome: "failed", expected, got, ...shownLines, durationMs: took() };
    } finally {
      await stage.dispose();
    }
  }

  #context(): StageContext {
    return { options: this.#options, methods: this.#methods, validate: this.#validate };
  }
}

interface StageContext {
  options: SuiteOptions;
  methods: MethodTable;
  validate: Validate;
}

class TestStage implements Stage {
  readonly #context: StageContext;
  readonly #subjects: Subject[] = [];
  readonly conversations: Conversation[] = [];

  constructor(context: StageContext) {
    this.#context = context;
  }

  get isThorough(): boolean {
    return this.#context.options.thorough === true;
  }

  readonly start = async ({
    environment = {},
    transport = this.#context.options.transport ?? "stdio",
  }: StartOptions = {}): Promise<Conversation> => {
    const { options, methods, validate } = this.#context;
    const { command, cwd, env = process.env, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const subject = await startSubject({ command, transport, cwd, env, extra: environment });
    this.#subjects.push(subject);
    const conversation = new Conversation({ subject, checker: new LineChecker(methods), validate, timeoutMs });
    this.conversations.push(conversation);
    return conversation;
  };

  readonly greet = async (hello: JsonObject = {}): Promise<Conversation> => {
    const conversation = await this.start();
    await conversation.hello(hello);
    return conversation;
  };

  async dispose(): Promise<void> {
    for (const subject of this.#subjects) await subject[Symbol.asyncDispose]();
  }
}

function asFailure(error: unknown): CheckFailure {
  if (error instanceof CheckFailure) return error;
  return new CheckFailure("the check to run", error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function withOutput(error: unknown, printed: string | undefined): Error {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const output = printed === undefined || printed.trim() === "" ? "" : `\nIt printed:\n${shown(printed.trim())}`;
  return new Error(`The extension did not start: ${message}${output}`, { cause: error });
}
