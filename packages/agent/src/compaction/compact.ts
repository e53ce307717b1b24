import type { CompactionBody } from "../session/entry.ts";
import type { Session } from "../session/session.ts";
import { planCompaction } from "./plan.ts";
import { summarize, type SummaryRequest } from "./summarize.ts";
import { estimateTokens } from "./tokens.ts";

export interface CompactOptions extends Omit<SummaryRequest, "messages"> {
  /** @default the model's */
  contextWindowTokens?: number;
  /** In place of the model, such as what an extension wrote. */
  summary?: string;
}

/**
 * Puts a summary in the place of the session's older messages and keeps the recent ones. `undefined`: there is nothing to summarise.
 * If it fails, or is aborted, everything is as it was.
 * @throws TauError as a turn does, or `session-failed`
 */
export async function compactSession(session: Session, options: CompactOptions): Promise<CompactionBody | undefined> {
  const { contextWindowTokens, summary: given, ...request } = options;
  const context = session.context();
  const plan = planCompaction(
    context.map(({ message }) => message),
    contextWindowTokens ?? request.model.contextWindowTokens,
  );
  if (plan === undefined) return undefined;
  const tokensBefore = session.contextTokens();
  const messages = context.slice(0, plan.cut).map(({ message }) => message);
  const { text, usage } = given === undefined ? await summarize({ ...request, messages }) : { text: given };
  // What extensions have said meanwhile is kept, too.
  const kept = session.context().slice(plan.cut);
  const tokensAfter = estimateTokens([{ role: "summary", text }, ...kept.map(({ message }) => message)]);
  const firstKept = kept[0]?.entryId;
  const body: CompactionBody = {
    type: "compaction",
    summary: text,
    tokensBefore,
    tokensAfter,
    ...(firstKept === undefined ? {} : { firstKept }),
    ...(usage === undefined ? {} : { usage }),
  };
  await session.append(body);
  return body;
}
