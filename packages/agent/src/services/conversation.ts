import type { HostServices } from "tau-host";
import { type JsonObject, type ReadEntriesParams, type ReadEntriesResult, TauError } from "tau-protocol";
import type { ExtensionMessage } from "../message.ts";
import type { ServicePlace } from "./service-place.ts";

type Area = `message/${string}` | `session/${string}`;

const DEFAULT_LIMIT = 1000;

/** What extensions say in the conversation, and read of it. */
export function conversationServices(
  place: ServicePlace,
): Pick<NonNullable<HostServices["requests"]>, Extract<keyof NonNullable<HostServices["requests"]>, Area>> {
  const { loop } = place;
  return {
    "message/send": async (
      { kind, content, details, visibleToModel = true, deliver = "followUp" },
      { extensionId },
    ) => {
      const extra = details === undefined ? {} : { details };
      const message: ExtensionMessage = { role: "extension", extensionId, kind, content, visibleToModel, ...extra };
      await place.say({ message, source: "extension" }, deliver);
      return {};
    },
    "message/sendUser": async ({ content, deliver = "followUp" }) => {
      await place.say({ message: { role: "user", content }, source: "extension" }, deliver);
      return {};
    },
    "session/append": async ({ kind, data }, { extensionId }) => {
      await loop.session().append({ type: "custom", extensionId, kind, data });
      return {};
    },
    "session/entries": (params) => readEntries(loop.session().entries() as unknown as JsonObject[], params),
    "session/branch": (params) => readEntries(loop.session().branch() as unknown as JsonObject[], params),
    "session/getName": () => {
      const { name } = loop.session();
      return name === undefined ? {} : { name };
    },
    "session/setName": async ({ name = "" }) => {
      await loop.session().rename(name);
      return {};
    },
  };
}

function readEntries(
  entries: readonly JsonObject[],
  { after, limit = DEFAULT_LIMIT }: ReadEntriesParams,
): ReadEntriesResult {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new TauError("invalid-params", `Expected \`limit\` to be a whole number above 0, got ${limit}.`, {
      executed: "no",
    });
  }
  const start = after === undefined ? 0 : entries.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) {
    throw new TauError("invalid-params", `There is no entry \`${after}\`.`, { executed: "no" });
  }
  const end = start + Math.min(limit, DEFAULT_LIMIT);
  return { entries: entries.slice(start, end), more: end < entries.length };
}
