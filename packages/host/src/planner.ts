import { makePlan, type PlanOptions, type StartPlan } from "./plan.ts";
import { orAborted } from "./signals.ts";
import { watchedFilesOf } from "./watch/watched-files.ts";

export type PlannerOptions = Omit<PlanOptions, "signal" | "onNote">;

/** Makes plans of one source, and knows what decides them. */
export class Planner {
  /** The source file of the last plan, where it was made of one. */
  entry: string | undefined;
  readonly #options: PlannerOptions;
  readonly #onNote: (text: string) => void;
  /** When the source was last looked at (Unix, in milliseconds: file times are, too). */
  #lookedAt = Date.now();

  /** `onNote` is told what takes its time before a start. */
  constructor(options: PlannerOptions, onNote: (text: string) => void) {
    this.#options = options;
    this.#onNote = onNote;
  }

  /** @throws TauError of the phases `resolve` and `build`, or the signal's reason: whoever stops an extension waits for no build */
  async plan(signal: AbortSignal): Promise<StartPlan> {
    this.#lookedAt = Date.now();
    const { source, env, resources, isolation, permissions, guest, context } = this.#options;
    const options = { source, env, resources, isolation, permissions, guest, context, signal, onNote: this.#onNote };
    const plan = await orAborted(makePlan(options), signal);
    this.entry = plan.entry;
    return plan;
  }

  /** What decides the next plan, as far as the last one could see, and since when it has not been looked at. */
  async watchedFiles(): Promise<{ files: readonly string[]; since: number }> {
    const { source, context } = this.#options;
    const since = this.#lookedAt;
    const { cwd, runner, builder, python, rust } = context;
    return { files: await watchedFilesOf({ source, cwd, runner, builder, python, rust }), since };
  }
}
