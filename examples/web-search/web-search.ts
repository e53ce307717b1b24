import { ToolResult, type ExtensionApi } from "tau-ext";

interface Hit {
  title: string;
  url: string;
  content: string;
}

export default function setup(api: ExtensionApi) {
  const endpoint = api.config["endpoint"] ?? process.env["SEARCH_ENDPOINT"];

  api.registerTool({
    name: "web_search",
    label: "Search the web",
    description: "Finds pages on the web. Answers titles, addresses and a few sentences of each, the best first.",
    parameters: {
      type: "object",
      properties: {
        query: { type: "string", minLength: 1, description: "What to look for, as words" },
        limit: { type: "integer", minimum: 1, maximum: 20, description: "How many pages at most; 5 if left out" },
      },
      required: ["query"],
      additionalProperties: false,
    },
    idempotent: true,

    async execute({ query, limit = 5 }, ctx) {
      if (typeof endpoint !== "string") {
        // An answer, not a throw: the model can tell the user what is missing.
        return ToolResult.error(
          "web_search does not know which search engine to ask. Set `endpoint` in its settings, or SEARCH_ENDPOINT.",
        );
      }
      const url = new URL(endpoint);
      url.searchParams.set("q", query);
      url.searchParams.set("format", "json");

      ctx.progress(`asking ${url.host}`);
      const response = await fetch(url, { signal: ctx.signal });
      if (!response.ok) return ToolResult.error(`${url.host} answered ${response.status} ${response.statusText}.`);
      const hits = readHits(await response.json()).slice(0, limit);
      ctx.progress(`${hits.length} ${hits.length === 1 ? "page" : "pages"} found`);

      return ToolResult.text(
        hits.length === 0 ? `Nothing was found for "${query}".` : hits.map(describe).join("\n\n"),
        {
          details: { query, hits: hits.map((hit) => ({ ...hit })) },
        },
      );
    },
  });
}

function describe({ title, url, content }: Hit, index: number): string {
  return `${index + 1}. ${title}\n   ${url}\n   ${content}`;
}

/** What comes from the network can have any shape. */
function readHits(body: unknown): Hit[] {
  const { results } = (body ?? {}) as { results?: unknown };
  if (!Array.isArray(results)) throw new Error("Expected an answer with a list `results`. Does the engine speak JSON?");
  return results.map(({ title, url, content }: Record<string, unknown>) => ({
    title: text(title) || "(no title)",
    url: text(url),
    content: text(content),
  }));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
