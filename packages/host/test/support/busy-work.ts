/** Works without end a few times, and then answers at once. */
export function endless(times: number): { work: () => string; runs: () => number } {
  let runs = 0;
  const work = (): string => {
    if (++runs > times) return "done";
    for (;;);
  };
  return { work, runs: () => runs };
}

/** An account of the processor by which each run has used so much of it. */
export function account(msPerRun: number): () => number {
  let asked = 0;
  return () => Math.floor(++asked / 2) * msPerRun;
}
