import { randomUUID } from "node:crypto";
import { isTauError } from "tau-protocol";
import { errorText } from "tau-rpc";
import type { AgentParts } from "./agent-parts.ts";
import type { Choices } from "./choices.ts";
import type { LoopPlace } from "./loop-place.ts";
import type { AgentMessage } from "./message.ts";
import type { Prompts } from "./prompts.ts";
import type { MessageQueue } from "./queue.ts";
import { isFull, summarise } from "./summarise.ts";

export interface LoopParts
  extends Pick<AgentParts, "host" | "hub" | "clock" | "random" | "maxTurns" | "user">, Pick<LoopPlace, "session"> {
  prompts: Prompts;
  queue: MessageQueue;
  choices: Choices;
  systemPrompt: string;
}

/** Puts together what a run works with. */
export function createLoopPlace(parts: LoopParts): LoopPlace {
  const { host, hub, clock, random, queue, maxTurns, prompts, choices, user, session } = parts;
  const append = async (message: AgentMessage): Promise<void> => {
    await session().append({ type: "message", message });
    hub.tell({ name: "message_added", payload: { message } });
  };
  const place: LoopPlace = {
    host,
    hub,
    clock,
    random,
    queue,
    maxTurns,
    session,
    model: () => choices.model,
    thinking: () => choices.thinking,
    remember: () => choices.remember(),
    systemPrompt: () => parts.systemPrompt,
    offeredTools: () => choices.offered(),
    tools: {
      host,
      hub,
      clock,
      offeredTools: () => choices.offered().map(({ name }) => name),
      askUser: (signal) => {
        if (user.confirm === undefined) return {};
        const ask = async ({ extensionId, prompt }: { extensionId: string; prompt: string }): Promise<boolean> =>
          (await prompts.ask("confirm", { title: prompt }, { extensionId, signal })) === true;
        return { ask };
      },
    },
    append,
    say: async (message) => {
      const { role } = message;
      const messageId = randomUUID();
      const isShown = role === "user" || role === "tool";
      if (isShown) hub.emit("message_start", { messageId, role });
      await append(message);
      if (isShown) hub.emit("message_end", { messageId, role, content: message.content });
    },
    makeRoom: async (signal, hasOverflowed = false) => {
      if (!hasOverflowed && !isFull(place)) return false;
      try {
        await summarise({ reason: "full", signal }, place);
        return true;
      } catch (error) {
        // The provider says whether it really is too long. Why there is no summary is told.
        const code = isTauError(error) ? { code: error.code } : {};
        hub.tell({ name: "problem", payload: { message: `No summary was made: ${errorText(error)}`, ...code } });
        return false;
      }
    },
  };
  return place;
}
