import type { Check, Stage } from "../check.ts";
import type { Conversation } from "../conversation.ts";
import { CheckFailure } from "../failure.ts";
import { readTranscripts } from "../spec-files.ts";
import { encodeStep, type Step, type Transcript } from "../transcript.ts";

/** Each golden transcript as a check. */
export function transcriptChecks(): Check[] {
  return readTranscripts().map((transcript) => ({
    id: `${transcript.group}/${transcript.name.replace(/\.jsonl$/, "")}`,
    group: transcript.group,
    title: transcript.title,
    rules: transcript.rules,
    level: transcript.level ?? "full",
    needsReference: transcript.extension !== "any",
    run: (stage) => replay(transcript, stage),
  }));
}

async function replay({ steps }: Transcript, stage: Stage): Promise<void> {
  const conversation = await stage.start();
  for (const [index, step] of steps.entries()) {
    try {
      await play(step, conversation);
    } catch (error) {
      if (!(error instanceof CheckFailure)) throw error;
      throw new CheckFailure(`${error.expected} (line ${index + 2} of the transcript)`, error.got);
    }
  }
}

async function play(step: Step, conversation: Conversation): Promise<void> {
  if (step.from === "host") {
    if ("end" in step) conversation.end();
    else if ("line" in step) conversation.send(step.line);
    else conversation.write(encodeStep(step));
  } else if ("end" in step) {
    const { status } = await conversation.exit();
    if (step.status !== undefined && status !== step.status)
      throw new CheckFailure(`exit status ${step.status}`, String(status));
  } else await conversation.expectAll("line" in step ? [step.line] : step.lines);
}
