import type { Check, Level, Stage } from "../check.ts";

interface Definition {
  title: string;
  rules: readonly string[];
  /** @default "full" */
  level?: Level;
  /** @default true */
  needsReference?: boolean;
  run: (stage: Stage) => Promise<void>;
}

/** The checks of one group, by name. */
export function defineChecks(group: string, definitions: Record<string, Definition>): Check[] {
  return Object.entries(definitions).map(([name, { level = "full", needsReference = true, ...rest }]) => ({
    id: `${group}/${name}`,
    group,
    level,
    needsReference,
    ...rest,
  }));
}
