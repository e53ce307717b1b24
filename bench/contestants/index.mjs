// A contestant is one way of calling code in another process. All of them offer the same two calls.

/**
 * @typedef {object} Connection
 * @property {number | undefined} pid of the process that does the work
 * @property {(text: string) => Promise<string | undefined>} echo gives the text back
 * @property {(bytes: number) => Promise<string>} [produce] gives a text of that many bytes
 * @property {() => Promise<unknown>} close
 */

/**
 * Loads only the contestant asked for, so that the others' modules cost it nothing.
 * @param {{ contestant: string, cacheDir: string, maxLineBytes?: number }} options
 * @returns {Promise<Connection>}
 */
export async function connect(options) {
  const { open } = await import(`./${options.contestant}.mjs`);
  return open(options);
}

/**
 * The figures of a contestant without Node on this side, which no driver can hold a watch to.
 * @param {{ contestant: string, cacheDir: string, bytes: number, warmup: number, calls: number }} options
 * @returns {Promise<Record<string, number> | undefined>}
 */
export async function measuresItself(options) {
  const { measure } = await import(`./${options.contestant}.mjs`);
  return measure?.(options);
}

/**
 * @typedef {object} ReloadOptions
 * @property {string} contestant
 * @property {string} cacheDir
 * @property {string} directory of the extension
 * @property {string} entry its main file
 *
 * @typedef {object} Reloading something that loads an extension again when its file is saved
 * @property {(version: string) => Promise<undefined>} answered resolves when a call was answered with this version
 * @property {() => Promise<unknown>} close
 */

/**
 * @param {ReloadOptions} options
 * @returns {Promise<Reloading>}
 */
export async function connectReloading(options) {
  const { open } = await import(`./reload-${options.contestant}.mjs`);
  return open(options);
}
