import { runCommand, type TauContext } from "../context.ts";
import { type TargetFlags, withTarget } from "../ext-target.ts";
import { reportReload } from "../report-reload.ts";

/** `tau ext reload`: swaps in the present source. */
export default async function reload(this: TauContext, flags: TargetFlags, extensionId: string): Promise<void> {
  await runCommand(this, () =>
    withTarget(this, flags, extensionId, async (target) => {
      reportReload(await target.ask("reload", { extensionId }), this);
    }),
  );
}
