import { type EventKind, EVENTS, type EventSpecification } from "tau-protocol";

export interface DecidableEvent {
  name: string;
  kind: EventKind;
  /** Fields that hooks may change. */
  changes: readonly string[];
}

/** The events that hooks decide on. */
export const DECIDABLE: readonly DecidableEvent[] = Object.entries<EventSpecification>(EVENTS)
  .map(([name, { kind, changes = [] }]) => ({ name, kind, changes }))
  .filter(({ kind }) => kind !== "observe");
