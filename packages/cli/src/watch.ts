import type { ExtensionInfo, Host } from "tau-host";
import { ChangeNotes } from "./change-notes.ts";
import type { TauContext } from "./context.ts";
import { openControl } from "./control/open-control.ts";
import { aborted } from "./interrupt.ts";
import { Rounds } from "./rounds.ts";
import type { HostWork } from "./with-host.ts";

export interface WatchOptions {
  host: Host;
  /** Each loads one extension. */
  load: readonly (() => Promise<ExtensionInfo>)[];
  context: TauContext;
  work: HostWork;
}

/** Does the work, and again after each change, until the user has had enough. @throws what the user ended it with */
export async function watchExtensions({ host, load, context, work }: WatchOptions): Promise<never> {
  const { terminal, signal } = context;
  const notes = new ChangeNotes(terminal);
  const rounds = new Rounds(
    (round) => work.run(host, round),
    (error) => notes.fail(error),
  );
  host.on("error", (error) => notes.fail(error));
  const control = await openControl(host, context, work.title);
  try {
    await Promise.all(load.map((start) => start().catch((error: unknown) => failedStart(error, signal, notes))));
    signal.throwIfAborted();
    host.on("extension", (change) => {
      if (signal.aborted) return;
      notes.tell(change);
      if (change.error === undefined && work.repeatAfter.includes(change.reason)) rounds.next();
    });
    host.watch();
    // Without any extension there is nothing but what was told already.
    if (host.extensions().some(({ state }) => state !== "failed")) rounds.next();
    terminal.note(terminal.noteColors.dim("Watching for changes. Ctrl-C ends it."));
    await aborted(signal);
    throw signal.reason;
  } finally {
    await rounds.stop();
    await control?.close();
  }
}

/** A version that does not start is what watching is for: the next save may mend it. */
function failedStart(error: unknown, signal: AbortSignal, notes: ChangeNotes): void {
  if (!signal.aborted) notes.fail(error);
}
