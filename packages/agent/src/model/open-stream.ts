import type { LanguageModelV3, LanguageModelV3StreamPart, SharedV3Warning } from "@ai-sdk/provider";
import type { jsonSchema, TextStreamPart, ToolSet } from "ai";
import type { ModelTool, RequestHooks, TurnRequest } from "./model.ts";
import { requestOptions } from "./provider-options.ts";
import { toModelMessages } from "./to-model-messages.ts";

/** Sends the request, once. What goes wrong from now on is a part of the stream. */
export async function openStream(
  request: TurnRequest,
  signal: AbortSignal,
): Promise<ReadableStreamDefaultReader<TextStreamPart<ToolSet>>> {
  const { model, tools = [], onRequest, onResponse, onWarning, maxOutputTokens } = request;
  const hooks: RequestHooks = { ...(onRequest && { onRequest }), ...(onResponse && { onResponse }) };
  // Loading it takes a while: a process that never asks a model never does.
  const [{ streamText, jsonSchema: toSchema }, connected] = await Promise.all([import("ai"), model.connect(hooks)]);
  const { system, messages, providerOptions } = requestOptions(
    request,
    toModelMessages(request.messages, model.reference),
  );
  const { fullStream } = streamText({
    model: withoutWarnings(connected, onWarning),
    ...(system === undefined ? {} : { system }),
    messages,
    ...(tools.length === 0 ? {} : { tools: toolSet(tools, toSchema) }),
    ...(providerOptions === undefined ? {} : { providerOptions }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    maxRetries: 0,
    abortSignal: signal,
    // It comes as a part, too; the default prints it.
    onError: () => undefined,
  });
  return fullStream.getReader();
}

/** Without `execute`: the agent runs them. Without validation: the host does that. */
function toolSet(tools: readonly ModelTool[], toSchema: typeof jsonSchema): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => {
      const schema = typeof parameters === "boolean" ? { type: "object" as const } : parameters;
      return [name, { description, inputSchema: toSchema(schema) }];
    }),
  );
}

/** The AI SDK prints warnings on the console, which belongs to the user; here they go to whoever wants them. */
function withoutWarnings(model: LanguageModelV3, onWarning: TurnRequest["onWarning"]): LanguageModelV3 {
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: (options) => model.doGenerate(options),
    doStream: async (options) => {
      const result = await model.doStream(options);
      const quiet = new TransformStream<LanguageModelV3StreamPart, LanguageModelV3StreamPart>({
        transform: (part, controller) => {
          if (part.type !== "stream-start") return controller.enqueue(part);
          for (const warning of part.warnings) onWarning?.(warningText(warning));
          controller.enqueue({ ...part, warnings: [] });
        },
      });
      return { ...result, stream: result.stream.pipeThrough(quiet) };
    },
  };
}

function warningText(warning: SharedV3Warning): string {
  if (warning.type === "other") return warning.message;
  return `${warning.type === "unsupported" ? "Not supported" : "Only compatible"}: ${warning.feature}. ${warning.details ?? ""}`.trim();
}
