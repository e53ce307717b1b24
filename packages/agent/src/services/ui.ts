import type { HostServices, ServiceContext } from "tau-host";
import type { PromptContext } from "../user-interface.ts";
import type { ServicePlace } from "./service-place.ts";

/** Prompts to the user, and what is only shown. */
export function uiServices({ prompts, user }: ServicePlace): Required<HostServices> {
  return {
    requests: {
      "ui/confirm": async (params, context) => asValue(await prompts.ask("confirm", params, forUser(context))),
      "ui/select": async (params, context) => asValue(await prompts.ask("select", params, forUser(context))),
      "ui/input": async (params, context) => asValue(await prompts.ask("input", params, forUser(context))),
      "ui/editor": async (params, context) => asValue(await prompts.ask("editor", params, forUser(context))),
    },
    notifications: {
      "ui/notify": (params, extensionId) => user.notify?.(params, extensionId),
      "ui/status": (params, extensionId) => user.setStatus?.(params, extensionId),
      "ui/widget": (params, extensionId) => user.setWidget?.(params, extensionId),
      "ui/title": (params, extensionId) => user.setTitle?.(params, extensionId),
    },
  };
}

function forUser({ extensionId, signal }: ServiceContext): PromptContext {
  return { extensionId, signal };
}

/** A prompt that was dismissed is answered without a value (spec/protocol.md, U-2). */
function asValue<Value>(value: Value | undefined): { value?: Value } {
  return value === undefined ? {} : { value };
}
