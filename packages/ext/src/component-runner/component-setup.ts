import type { EventName, JsonObject, JsonValue } from "tau-protocol";
import type { EventHandler, ExtensionApi, Setup } from "../api.ts";
import type { ParametersSchema } from "../infer.ts";
import { ToolResult } from "../tool-result.ts";
import type { Component, ToolDef } from "./component.ts";

/** An extension of a component's, by the same API as any other. */
export function setupOfComponent(component: Component): Setup {
  return (api) => {
    const { id, generation, cwd, config } = api;
    const previousState = api.takeState();
    const start = { id, generation, cwd, config, ...(previousState === undefined ? {} : { previousState }) };
    component.setup(JSON.stringify(start));
    for (const tool of component.listTools()) registerTool(api, component, tool);
    for (const event of component.listEvents())
      api.on(event as EventName, (payload) => component.observe(event, JSON.stringify(payload)));
    for (const { event, priority } of component.listHooks())
      api.on(event as EventName, decider(component, event), { priority });
    api.onReload(() => {
      const state = component.collectState();
      return state === undefined ? null : (JSON.parse(state) as JsonValue);
    });
  };
}

function registerTool(api: ExtensionApi, component: Component, { label, parameters, ...rest }: ToolDef): void {
  api.registerTool({
    ...rest,
    ...(label === undefined ? {} : { label }),
    parameters: JSON.parse(parameters) as ParametersSchema,
    execute: (params) => ToolResult.text(component.execute(rest.name, JSON.stringify(params))),
  });
}

function decider(component: Component, event: string): EventHandler<EventName> {
  return (payload) => {
    const answer = component.decide(event, JSON.stringify(payload));
    return answer === undefined ? undefined : (JSON.parse(answer) as { modify: JsonObject });
  };
}
