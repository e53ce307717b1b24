import type { ExtensionApi } from "tau-ext";

/** What is asked about, and why. */
const DANGERS: readonly (readonly [RegExp, string])[] = [
  [/\brm\b.*\s-(-recursive|-force|\w*[rRf])/, "It deletes more than you may see."],
  [/\b(sudo|doas|su)\b/, "It runs with all rights."],
  [/\bgit\b.*\b(push\b.*(--force|-f\b)|reset\b.*--hard|clean\b.*-\w*f)/, "It overwrites what others may have."],
  [/\b(mkfs|fdisk|shred)\b|\bdd\b.*\bof=|>\s*\/dev\/(sd|nvme|disk)/, "It writes on a disk itself."],
  [/\b(curl|wget)\b.*\|\s*(sudo\s+)?(ba|z|da)?sh\b/, "It runs what it downloads."],
  [/\bch(mod|own)\b.*\s-(\w*R|-recursive)/, "It changes the rights of many files."],
  [/\b(npm|cargo|twine|gem)\b.*\b(publish|upload|push)\b/, "It publishes something."],
  [/\b(shutdown|reboot|halt|poweroff)\b/, "It stops the machine."],
];

export default function setup(api: ExtensionApi) {
  const { allow = [] } = api.config as { allow?: string[] };

  api.on("tool_call", ({ tool, input }) => {
    const { command } = input;
    if (tool !== "bash" || typeof command !== "string" || allow.includes(command.trim())) return undefined;
    // Quotes, backslashes and line breaks do not hide a word.
    const plain = command.replaceAll(/['"\\]/g, "").replaceAll(/\s+/g, " ");
    const [, reason] = DANGERS.find(([pattern]) => pattern.test(plain)) ?? [];
    return reason === undefined ? undefined : { ask: `Run \`${command}\`? ${reason}` };
  });
}
