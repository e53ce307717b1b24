/** What `wit/tau-ext.wit` becomes in JavaScript. */
export interface Component {
  setup(startJson: string): void;
  listTools(): ToolDef[];
  listEvents(): string[];
  listHooks(): { event: string; priority: number }[];
  execute(tool: string, paramsJson: string): string;
  observe(event: string, payloadJson: string): void;
  decide(event: string, payloadJson: string): string | undefined;
  collectState(): string | undefined;
}

export interface ToolDef {
  name: string;
  label?: string;
  description: string;
  parameters: string;
  idempotent: boolean;
}

/** The one import. What it throws is the component's error. */
export type Call = (method: string, paramsJson: string) => string;

/** The module that a component is made into: it asks for the parts of WebAssembly that lie beside it. */
export interface ComponentModule {
  instantiate(getCoreModule: (name: string) => WebAssembly.Module, imports: Record<string, object>): Component;
}

/** Named in the order of `wit/tau-ext.wit`. */
export const HOST_INTERFACE = "tau:ext/host";
