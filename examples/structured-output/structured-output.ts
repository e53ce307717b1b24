import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type ExtensionApi, type JsonObject, ToolResult } from "tau-ext";

const SCHEMA = {
  type: "object",
  properties: { answer: { type: "string" }, sources: { type: "array", items: { type: "string" } } },
  required: ["answer"],
  additionalProperties: false,
};

const INSTRUCTION = "When you are done, give your answer by calling `give_answer` once. Say nothing after it.";

export default function setup(api: ExtensionApi) {
  api.registerFlag({ name: "answer-to", description: "A file that the answer is written to, as JSON", type: "string" });
  const { schema = SCHEMA } = api.config as { schema?: JsonObject };

  api.on("before_agent_start", ({ systemPrompt }) => ({
    modify: { systemPrompt: `${systemPrompt}\n\n${INSTRUCTION}` },
  }));

  api.registerTool({
    name: "give_answer",
    description: "Gives the final answer. Its parameters are the shape that the answer must have.",
    parameters: schema,
    async execute(answer) {
      const file = api.getFlag("answer-to");
      if (typeof file === "string") await writeFile(resolve(api.cwd, file), `${JSON.stringify(answer)}\n`);
      await api.appendEntry("structured-output", answer as JsonObject);
      return ToolResult.text("The answer is given.", { details: { answer: answer as JsonObject } });
    },
  });
}
