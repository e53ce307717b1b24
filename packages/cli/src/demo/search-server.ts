import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SearchServer {
  /** For the extension's settings. */
  endpoint: string;
  close(): Promise<void>;
}

/** A search engine with a small world, on this machine only. It speaks SearXNG's JSON. */
export async function startSearchServer(): Promise<SearchServer> {
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "/", "http://localhost").searchParams.get("q") ?? "";
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ query, results: search(query) }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/search`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const PAGES = [
  {
    title: "Mount Everest",
    url: "https://encyclopedia.example/everest",
    content: "Mount Everest is the highest mountain on Earth: 8849 m above sea level.",
  },
  {
    title: "Mount Kilimanjaro",
    url: "https://encyclopedia.example/kilimanjaro",
    content: "Kilimanjaro, a dormant volcano, is the highest mountain in Africa: 5895 m.",
  },
  {
    title: "Mariana Trench",
    url: "https://encyclopedia.example/mariana-trench",
    content: "The deepest part of the ocean lies about 10935 m below the surface.",
  },
] as const;

function search(query: string): (typeof PAGES)[number][] {
  const words = query.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
  const rank = ({ title, content }: (typeof PAGES)[number]): number =>
    words.filter((word) => `${title} ${content}`.toLowerCase().includes(word)).length;
  return PAGES.filter((page) => rank(page) > 0).sort((left, right) => rank(right) - rank(left));
}
