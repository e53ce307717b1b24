// The text of the large results: plain ASCII with the quotes and newlines that JSON must escape.
// Kept per size and made flat, so that only its way through the channel is measured. children/echo.ts has its own copy.
const LINE = 'All work and no play makes a very plain line of text, "quoted" as JSON must do.\n';

/** @type {Map<number, string>} */
const texts = new Map();

/** @param {number} bytes */
export function textOf(bytes) {
  let text = texts.get(bytes);
  if (text === undefined) {
    text = Buffer.from(LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes)).toString();
    texts.set(bytes, text);
  }
  return text;
}
