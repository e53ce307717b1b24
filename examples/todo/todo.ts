import { type ExtensionApi, ToolResult } from "tau-ext";

type Item = { id: number; text: string; isDone: boolean };

export default function setup(api: ExtensionApi) {
  const { session } = api.state;
  const items = async (): Promise<Item[]> => (await session.get<Item[]>("items")) ?? [];
  const change = (make: (items: Item[]) => Item[]): Promise<Item[] | undefined> =>
    session.update<Item[]>("items", (old = []) => make(old));

  api.registerTool({
    name: "todo",
    description:
      "Keeps the list of what is to be done in this task. Add the steps before you begin; mark each as done when it is.",
    parameters: {
      type: "object",
      properties: {
        action: { type: "string", enum: ["add", "done", "list"] },
        text: { type: "string", minLength: 1, description: "For add: what is to be done" },
        id: { type: "integer", description: "For done: the number of the item" },
      },
      required: ["action"],
      additionalProperties: false,
    },
    async execute({ action, text, id }, { ui }) {
      if (action === "add") {
        if (text === undefined) return ToolResult.error("Expected `text`: what is to be done.");
        await change((old) => [...old, { id: (old.at(-1)?.id ?? 0) + 1, text, isDone: false }]);
      }
      if (action === "done") {
        if (!(await items()).some((item) => item.id === id))
          return ToolResult.error(`There is no item ${id}.\n${show(await items())}`);
        await change((old) => old.map((item) => (item.id === id ? { ...item, isDone: true } : item)));
      }
      const now = await items();
      ui.setWidget("list", now.length === 0 ? undefined : show(now).split("\n"));
      return ToolResult.text(show(now), { details: { items: now } });
    },
  });

  api.registerCommand({
    name: "todo",
    description: "shows what is to be done; /todo clear empties the list",
    async execute(args, { ui }) {
      if (args.trim() === "clear") await change(() => []);
      const now = await items();
      ui.setWidget("list", now.length === 0 ? undefined : show(now).split("\n"));
      ui.notify(show(now));
    },
    complete: (prefix) => ["clear"].filter((word) => word.startsWith(prefix)).map((value) => ({ value })),
  });
}

function show(items: readonly Item[]): string {
  if (items.length === 0) return "Nothing is to be done.";
  return items.map(({ id, text, isDone }) => `${isDone ? "[x]" : "[ ]"} ${id}. ${text}`).join("\n");
}
