/** tau-cli: the `tau` command. What programs use is tau-host. */
export { app } from "./app.ts";
export { createContext, type TauContext } from "./context.ts";
