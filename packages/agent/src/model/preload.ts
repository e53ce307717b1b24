import type { ResolvedModel } from "./model.ts";

/**
 * Loads what the first answer will need, so that it does not wait for it: about 100 ms of work. Whoever has a moment calls it; nothing
 * depends on it.
 * @throws whatever asking the model would throw, such as for a script that can't be read
 */
export async function preloadModel(model: ResolvedModel): Promise<void> {
  await Promise.all([import("ai"), model.connect({})]);
}
