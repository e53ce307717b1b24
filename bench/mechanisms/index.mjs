// The six ways of running an extension, behind the same calls: echo, sleep, get (a page of a local server), version, load (another
// version), leave (a timer or thread behind), crash, spin.

/** @param {{ contestant: string, cacheDir: string }} options @returns {Promise<any>} */
export async function openMechanism({ contestant, cacheDir }) {
  const { open } = await import(`./${contestant}.mjs`);
  return open({ cacheDir, source: new URL("./", import.meta.url) });
}
