// Calls by number over something that carries messages: the bookkeeping that several contestants share.

/** @param {(message: { id: number, text?: string, bytes?: number }) => void} send */
export function numberedCalls(send) {
  /** @type {Map<number, (text: string) => void>} */
  const pending = new Map();
  let lastId = 0;
  const call = (/** @type {{ text?: string, bytes?: number }} */ parameters) =>
    new Promise((resolve) => {
      lastId += 1;
      pending.set(lastId, resolve);
      send({ id: lastId, ...parameters });
    });
  return {
    echo: (/** @type {string} */ text) => call({ text }),
    produce: (/** @type {number} */ bytes) => call({ bytes }),
    /** @param {{ id: number, text: string }} answer */
    settle: ({ id, text }) => {
      pending.get(id)?.(text);
      pending.delete(id);
    },
  };
}
