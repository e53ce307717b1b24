import { formatTable } from "../format.ts";
import type { CommandPlace } from "./slash-command.ts";

const KEYS: readonly (readonly [string, string])[] = [
  ["Enter", "sends; while the agent works it heeds it before its next step"],
  ["Alt-Enter", "a new line; while the agent works: sends, for when it is done"],
  ["Ctrl-J, or \\ at the end", "a new line"],
  ["Esc, Ctrl-C", "ends what the agent does"],
  ["Ctrl-D, twice Ctrl-C", "leaves"],
  ["Tab", "completes a command"],
  ["Up, Down", "what you typed before"],
  ["!command", "runs a shell command yourself; the model sees the outcome"],
];

/** What `/help` says. */
export function help(
  own: Iterable<readonly [string, { argument?: string; description: string }]>,
  place: CommandPlace,
): string[] {
  const { agent, colors } = place;
  const commands = [...own].map(([name, { argument = "", description }]) => [
    `/${name} ${argument}`.trimEnd(),
    description,
  ]);
  const names = new Set(commands.map(([name = ""]) => name.split(" ", 1)[0]));
  const others = agent.host
    .commands()
    .map(({ name, description, extensionId }) => [
      `/${name}`,
      `${description} (${extensionId}${names.has(`/${name}`) ? "; tau's own has the name" : ""})`,
    ]);
  const rows = formatTable([...commands, ...others, ...KEYS]);
  const keysFrom = rows.length - KEYS.length;
  const ownEnd = commands.length;
  return [
    colors.bold("Commands"),
    ...rows.slice(0, ownEnd),
    ...(others.length === 0 ? [] : [colors.bold("Commands of extensions"), ...rows.slice(ownEnd, keysFrom)]),
    colors.bold("Keys"),
    ...rows.slice(keysFrom),
  ];
}
