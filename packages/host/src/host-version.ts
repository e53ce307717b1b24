/** Held against package.json by a test. */
export const HOST_VERSION = "0.1.0";
