/** Comparing takes time that grows with the length, and more than this is in few directories. */
const MAX_LENGTH = 100;
const MAX_NAMES = 5000;

/** The names that somebody who wrote `name` may have meant, nearest first. */
export function nearNames(name: string, names: readonly string[], count = 3): string[] {
  if (name.length > MAX_LENGTH) return [];
  const wanted = name.toLowerCase();
  const furthest = Math.max(2, Math.floor(name.length / 3));
  return names
    .slice(0, MAX_NAMES)
    .filter((candidate) => candidate.length <= MAX_LENGTH)
    .map((candidate) => ({ candidate, distance: nearness(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= furthest)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** Another ending, `config.js` for `config.ts`, is one step away. */
function nearness(left: string, right: string): number {
  const stem = (name: string): string => name.replace(/(?<=.)\.[^.]*$/, "");
  return stem(left) === stem(right) && left !== right ? 1 : editDistance(left, right);
}

/** Insertions, deletions and replacements between two words, by Levenshtein's table, one row at a time. */
export function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
