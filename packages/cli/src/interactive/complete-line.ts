import type { Suggestion } from "./input-line.ts";
import { OWN_COMMANDS } from "./own-commands.ts";
import { type CommandPlace, type Completion, suggest } from "./slash-command.ts";

/** What could stand in the line instead. Nothing for what is no command. */
export async function completeLine(line: string, place: CommandPlace): Promise<Suggestion[]> {
  const [, name, space, argument = ""] = /^\/([\w-]*)(\s+)?(.*)$/s.exec(line) ?? [];
  if (name === undefined) return [];
  if (space === undefined) {
    return namesIn(place)
      .filter(({ value }) => value.startsWith(name))
      .map((completion) => suggest("/", completion));
  }
  const before = `/${name} `;
  const own = OWN_COMMANDS.get(name);
  const found =
    own === undefined
      ? await place.agent.host.completeCommand(name, argument)
      : ((await own.complete?.(place)) ?? []).filter(({ value }) => value.startsWith(argument));
  return found.map((completion) => suggest(before, completion));
}

function namesIn({ agent }: CommandPlace): Completion[] {
  const own = [...OWN_COMMANDS].map(([value, { description }]) => ({ value, description }));
  const others = agent.host
    .commands()
    .filter(({ name }) => !OWN_COMMANDS.has(name))
    .map(({ name, description }) => ({ value: name, description }));
  return [...own, ...others];
}
