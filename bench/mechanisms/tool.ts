// Options A and F: the same source, once in a process of its own and once in the host's.
interface Api {
  registerTool: (tool: object) => void;
}
const text = (value: string) => ({ content: [{ type: "text", text: value }] });

export default function setup(api: Api): void {
  const register = (name: string, execute: (input: Record<string, never>) => Promise<string>) =>
    api.registerTool({
      name,
      description: name,
      parameters: { type: "object", properties: {} },
      execute: async (input: Record<string, never>) => text(await execute(input)),
    });
  register("echo", async (input) => input["text"]!);
  register("version", async () => "v0000000");
  register("sleep", async (input) => new Promise((resolve) => setTimeout(resolve, input["ms"]!, "")));
  register("get", async (input) => (await fetch(`http://127.0.0.1:${String(input["port"])}/`)).text());
  register("leave", async () => String(Boolean(setInterval(() => {}, 1000))));
  // An error in a timer: no caller can catch it.
  register("crash", async () => new Promise(() => setTimeout(() => void Promise.reject(new Error("crash")), 0)));
  register("spin", async () => {
    for (;;);
  });
}
