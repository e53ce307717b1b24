import { runCommand, type TauContext } from "../context.ts";
import { type TargetFlags, withTarget } from "../ext-target.ts";
import { reportReload } from "../report-reload.ts";

/** `tau ext enable`: starts one that crashed too often, or never ran. */
export default async function enable(this: TauContext, flags: TargetFlags, extensionId: string): Promise<void> {
  await runCommand(this, () =>
    withTarget(this, flags, extensionId, async (target) => {
      reportReload(await target.ask("enable", { extensionId }), this);
    }),
  );
}
