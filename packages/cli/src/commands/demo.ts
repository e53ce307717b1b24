import { runCommand, type TauContext } from "../context.ts";
import { runTour } from "../demo/tour.ts";

/** `tau demo`: the tour. */
export default async function demo(this: TauContext): Promise<void> {
  await runCommand(this, () => runTour(this.terminal, this.signal));
}
