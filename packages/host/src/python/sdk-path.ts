import { fileURLToPath } from "node:url";

const FOLDER = new URL("../python-sdk/", import.meta.url);

/** What runs an extension, with the SDK beside it. */
export function pythonRunnerPath(): string {
  return fileURLToPath(new URL("tau_runner.py", FOLDER));
}

/** What reads an extension before it is run. */
export function pythonInspectorPath(): string {
  return fileURLToPath(new URL("tau_inspect.py", FOLDER));
}
