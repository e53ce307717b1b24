import { type ExtensionApi, ToolResult } from "tau-ext";

const SYSTEM = "Answer the question, and nothing else. You cannot ask back. Say so if you do not know.";
const MAX_OUTPUT_TOKENS = 2000;

export default function setup(api: ExtensionApi) {
  api.registerTool({
    name: "ask_helpers",
    description:
      "Asks several helpers at once, each with an empty head. Use it for questions that do not depend on each other. Each task must hold all that " +
      "the helper has to know.",
    parameters: {
      type: "object",
      properties: { tasks: { type: "array", items: { type: "string", minLength: 1 }, minItems: 1, maxItems: 8 } },
      required: ["tasks"],
      additionalProperties: false,
    },
    async execute({ tasks }, { model, progress, signal }) {
      let done = 0;
      const ask = async (task: string): Promise<{ answer: string; isError: boolean }> => {
        try {
          const messages = [{ role: "user" as const, content: [{ type: "text" as const, text: task }] }];
          const { text } = await model.generate({ system: SYSTEM, messages, maxOutputTokens: MAX_OUTPUT_TOKENS });
          return { answer: text, isError: false };
        } catch (error) {
          // One that fails costs the others nothing.
          if (signal.aborted) throw error;
          return { answer: (error as Error).message, isError: true };
        } finally {
          done += 1;
          progress(`${done} of ${tasks.length} have answered`);
        }
      };
      const answers = await Promise.all(tasks.map(ask));
      const text = answers
        .map(({ answer, isError }, index) => `${index + 1}. ${isError ? "failed: " : ""}${answer}`)
        .join("\n\n");
      return answers.every(({ isError }) => isError)
        ? ToolResult.error(text)
        : ToolResult.text(text, { details: { answers } });
    },
  });
}
