/** What the SDK's own code is called in stacks. */
export const GUEST_FILE = "tau:guest";

/** The global under which the SDK waits in a snapshot. It is gone when the author's code runs. */
export const BOOT_NAME = "tauBoot";
