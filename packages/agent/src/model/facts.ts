import type { ModelPrice } from "./prices.ts";

export interface ModelFacts {
  contextWindowTokens?: number;
  price?: ModelPrice;
}

export function factsOf(_provider: string, _modelId: string): ModelFacts {
  return {};
}
