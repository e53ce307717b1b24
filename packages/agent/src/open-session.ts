import type { SessionChoice } from "./agent-api.ts";
import type { Session } from "./session/session.ts";
import type { SessionStore } from "./session/store.ts";

/** @throws TauError `unknown-session`, `session-locked`, `session-failed` */
export async function openSession(
  store: SessionStore,
  choice: SessionChoice,
): Promise<{ session: Session; reason: "new" | "resume" | "fork" }> {
  switch (choice.kind) {
    case "new": {
      const session = store.create();
      if (choice.name !== undefined) await session.rename(choice.name);
      return { session, reason: "new" };
    }
    case "memory":
      return { session: store.createInMemory(), reason: "new" };
    case "continue": {
      const last = await store.openLast();
      return last === undefined ? { session: store.create(), reason: "new" } : { session: last, reason: "resume" };
    }
    case "resume":
      return { session: await store.open(choice.id), reason: "resume" };
    case "fork":
      return {
        session: await store.fork(choice.id, choice.atEntry === undefined ? {} : { atEntry: choice.atEntry }),
        reason: "fork",
      };
  }
}
