import type { HostServices } from "tau-host";
import { contextUsage } from "../summarise.ts";
import type { ServicePlace } from "./service-place.ts";

type Area = Extract<keyof NonNullable<HostServices["requests"]>, `agent/${string}`>;

/** What extensions may read and change of the agent. */
export function controlServices({ agent, loop }: ServicePlace): Pick<NonNullable<HostServices["requests"]>, Area> {
  return {
    "agent/getActiveTools": () => ({ tools: loop.offeredTools().map(({ name }) => name) }),
    "agent/setActiveTools": async ({ tools }) => {
      await agent.setActiveTools(tools);
      return {};
    },
    "agent/getModel": () => agent.model,
    "agent/setModel": async ({ model, thinking }) => {
      await agent.setModel(model, thinking);
      return {};
    },
    "agent/getContextUsage": () => contextUsage(loop),
    "agent/abort": () => {
      agent.abort();
      return {};
    },
    "agent/compact": async ({ instructions }, { signal }) => {
      await agent.compact({ ...(instructions === undefined ? {} : { instructions }), signal });
      return {};
    },
    "agent/reload": async ({ extension }, { extensionId }) => {
      const wanted = extension ?? extensionId;
      const reloaded = loop.host.reload(wanted);
      // Whoever reloads itself would wait for an answer that its successor can't get.
      if (wanted === extensionId) reloaded.catch(() => undefined);
      else await reloaded;
      return {};
    },
  };
}
