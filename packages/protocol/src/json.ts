/** A value that survives `JSON.parse(JSON.stringify(value))`. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/**
 * A JSON Schema of draft 2020-12, as JSON. `true` accepts everything, `false` nothing.
 * References stay inside the schema (`#/$defs/…`); remote ones are refused at registration.
 */
export type JsonSchema = JsonObject | boolean;
