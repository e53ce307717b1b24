/** The value below which this share of the values lies. NaN where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The figures of a scenario, for people. They are claims only where a test expects something of them. */
export function print(scenario: string, figures: Readonly<Record<string, string | number>>): void {
  const parts = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === "number" ? round(value) : value}`,
  );
  console.log(`${scenario}: ${parts.join(", ")}`);
}

function round(value: number): number {
  return Math.abs(value) < 10 ? Math.round(value * 100) / 100 : Math.round(value);
}
