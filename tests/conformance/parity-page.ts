import type { CheckResult, Report } from "tau-conformance";

const INTRODUCTION = `# What each SDK does

Made from what [\`tau conformance\`](conformance.md) saw, of the reference extension that each SDK builds, on descriptor 3 and on stdin and
stdout. A tick: the check passed on both. The tests compare this page with what they see.
`;

/** The page of features and SDKs. `reports` are by language and transport. */
export function parityPage(languages: readonly string[], reports: ReadonlyMap<string, Report>): string {
  const results = [...reports.values()][0]?.results ?? [];
  const groups = [...new Set(results.map(({ group }) => group))];
  const head = (first: string): string[] => [
    `| ${[first, ...languages].join(" | ")} |`,
    `| ${["---", ...languages.map(() => "---")].join(" | ")} |`,
  ];
  const summary = groups.map((group) => {
    const own = results.filter((result) => result.group === group);
    const cells = languages.map(
      (language) => `${own.filter(({ id }) => hasPassed(id, language, reports)).length} of ${own.length}`,
    );
    return `| [${group}](#${group}) | ${cells.join(" | ")} |`;
  });
  const sections = groups.flatMap((group) => [
    `\n## ${group}\n`,
    ...head("What holds"),
    ...results.filter((result) => result.group === group).map((result) => row(result, languages, reports)),
  ]);
  return [INTRODUCTION, ...head("Checks"), ...summary, ...sections, ""].join("\n");
}

function row(
  { id, title, rules }: CheckResult,
  languages: readonly string[],
  reports: ReadonlyMap<string, Report>,
): string {
  const cells = languages.map((language) => (hasPassed(id, language, reports) ? "✓" : "–"));
  return `| ${[`${title} (${rules.join(", ")})`, ...cells].join(" | ")} |`;
}

function hasPassed(id: string, language: string, reports: ReadonlyMap<string, Report>): boolean {
  const own = ["fd", "stdio"].map((transport) => reports.get(`${language} ${transport}`));
  return own.every((report) => report?.results.some((result) => result.id === id && result.outcome === "passed"));
}
