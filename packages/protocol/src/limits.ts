/** The longest line either side accepts, in bytes without the newline, until the handshake says otherwise. */
export const DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * How much of an oversized line is kept, in bytes, to find out which request it belongs to. `id` and `method` are
 * written first on every line so that they fall inside it (spec/protocol.md, F-4).
 */
export const SALVAGE_BYTES = 1024;

/**
 * How long a line without an end is skipped, in bytes, before its sender counts as flooding. Skipping is cheap, not free, and
 * somebody who prints for ever would keep the reader busy for ever.
 */
export const MAX_SKIPPED_BYTES = 256 * 1024 * 1024;

/** What may wait in one direction of a channel, in bytes, before new requests fail with `overloaded`. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/** Tool names a model can be offered: the intersection of what the large providers accept. */
export const TOOL_NAME_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** What a user can type behind a slash (spec/protocol.md, G-1). */
export const COMMAND_NAME_PATTERN = /^[a-z][a-z0-9:_-]{0,63}$/;

/** The most JSON nesting and size one tool's schema may have. Deeper ones could exhaust the validator's stack. */
export const MAX_SCHEMA_DEPTH = 64;
export const MAX_SCHEMA_BYTES = 256 * 1024;

/** The most tools one extension may offer at a time. */
export const MAX_TOOLS = 1000;

/** Longest name, description and label the host accepts, in UTF-16 units. */
export const MAX_DESCRIPTION_LENGTH = 32 * 1024;

/**
 * What the host keeps for one extension in one scope, at most (spec/protocol.md, S-6): the length of a key in UTF-16 units, a value's
 * JSON and all keys and values together in bytes of UTF-8, and how many keys. All keys together fit on a line of
 * {@link DEFAULT_MAX_LINE_BYTES}, however they are escaped.
 */
export const MAX_STATE_KEY_LENGTH = 256;
export const MAX_STATE_VALUE_BYTES = 1024 * 1024;
export const MAX_STATE_BYTES = 16 * 1024 * 1024;
export const MAX_STATE_KEYS = 10_000;
