import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

/** Lines added and removed, at most. Finding the shortest diff takes time that grows with their square. */
const MAX_CHANGED_LINES = 2000;

const CONTEXT_LINES = 3;

/** A unified diff, as `git diff` shows it. `undefined` where too much changed for one to be of use. */
export function unifiedDiff(path: string, before: string, after: string): string | undefined {
  return createTwoFilesPatch(path, path, before, after, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: MAX_CHANGED_LINES,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
