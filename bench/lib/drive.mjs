// The frame of a driver: a process that measures one contestant once and prints what it found as one line of JSON.

/**
 * @template P
 * @param {(options: P) => Promise<Record<string, number>>} measure
 */
export async function drive(measure) {
  const figures = await measure(JSON.parse(process.argv[2]));
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}
