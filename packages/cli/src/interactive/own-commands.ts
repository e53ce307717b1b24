import { providerNames } from "tau-agent";
import { TauError } from "tau-protocol";
import { describeError } from "../control/report.ts";
import { describeReach } from "../describe-reach.ts";
import { formatTable, formatTime, summarize } from "../format.ts";
import { plain } from "../plain-text.ts";
import { help } from "./help.ts";
import type { CommandPlace, Completion, SlashCommand } from "./slash-command.ts";

const THINKING = ["off", "low", "medium", "high"] as const;
/** Sessions to choose from. */
const MAX_SESSIONS = 50;

/** The commands of the terminal's own, by their names. */
export const OWN_COMMANDS: ReadonlyMap<string, SlashCommand> = new Map<string, SlashCommand>([
  ["help", { description: "what there is to type", run: (place) => place.print(help(OWN_COMMANDS, place)) }],
  [
    "tools",
    {
      argument: "[on|off name]",
      description: "the tools, and which of them the model is offered",
      run: tools,
      complete: ({ agent }) =>
        agent.host
          .tools()
          .map(({ name }) => ({ value: `${agent.activeTools().includes(name) ? "off" : "on"} ${name}` })),
    },
  ],
  ["ext", { description: "the extensions, and how they are", run: extensions }],
  ["reload", { argument: "[extension]", description: "loads the present source", run: reload, complete: extensionIds }],
  ["model", { argument: "[provider/model]", description: "the model from now on", run: model, complete: providers }],
  [
    "thinking",
    {
      argument: `[${THINKING.join("|")}]`,
      description: "how much the model thinks",
      run: thinking,
      complete: () => THINKING.map((value) => ({ value })),
    },
  ],
  [
    "compact",
    {
      argument: "[what matters]",
      description: "puts a summary in the place of the conversation",
      run: ({ agent }, instructions) => agent.compact(instructions === "" ? {} : { instructions }),
    },
  ],
  ["new", { description: "another conversation", run: (place) => goTo(place, { kind: "new" }) }],
  ["resume", { argument: "[id]", description: "a conversation of this folder", run: resume, complete: sessionIds }],
  ["name", { argument: "name", description: "names the conversation", run: rename }],
  ["quit", { description: "leaves", run: (place) => place.quit() }],
]);

async function tools({ agent, colors, print }: CommandPlace, argument: string): Promise<void> {
  const [, state, name = ""] = /^(on|off)\s+(\S+)$/.exec(argument) ?? [];
  if (argument !== "" && state === undefined) throw wrong("`/tools on <name>` or `/tools off <name>`", argument);
  const active = new Set(agent.activeTools());
  if (state !== undefined) {
    if (state === "on") active.add(name);
    else if (!active.delete(name)) throw wrong("the name of a tool that the model is offered", name);
    await agent.setActiveTools([...active]);
  }
  const rows = agent.host.tools().map(({ name: tool, description, extensionId }) => {
    const mark = active.has(tool) ? "" : " (off)";
    return [`${tool}${mark}`, extensionId, plain(description).split("\n", 1)[0] ?? ""];
  });
  print(rows.length === 0 ? colors.dim("No extension offers a tool.") : formatTable(rows));
}

function extensions({ agent, colors, print }: CommandPlace): void {
  const all = agent.host.extensions();
  if (all.length === 0) return print(colors.dim("There are no extensions."));
  const rows = all.map(({ id, state, generation, calls, tools: offered, hooks }) => {
    const offers = [...offered, ...hooks.map((hook) => `decides on ${hook}`)];
    return [id, state, `version ${generation}`, `${calls} calls`, offers.join(", ")];
  });
  const lines = formatTable(rows).flatMap((row, index) => {
    const extension = all[index];
    const { lastError } = extension ?? {};
    const reach = extension === undefined ? undefined : describeReach(extension);
    const notes = [reach, lastError === undefined ? undefined : summarize(describeError(lastError))];
    return [row, ...notes.flatMap((note) => (note === undefined ? [] : [colors.dim(`  ${plain(note)}`)]))];
  });
  return print(lines);
}

async function reload({ agent, print }: CommandPlace, id: string): Promise<void> {
  const ids = id === "" ? agent.host.extensions().map((extension) => extension.id) : [id];
  const done = await Promise.allSettled(ids.map((each) => agent.host.reload(each)));
  const failed = done.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
  for (const each of done)
    if (each.status === "fulfilled")
      print(`${each.value.id}: version ${each.value.generation} is ${each.value.state}.`);
  if (failed.length === 1) throw failed[0];
  if (failed.length > 1) throw new AggregateError(failed, `${failed.length} extensions could not be reloaded.`);
}

async function model({ agent, print }: CommandPlace, name: string): Promise<void> {
  if (name !== "") await agent.setModel(name);
  const { model: present, thinking: level } = agent.model;
  print(`The model is ${present}${level === undefined ? "" : `, thinking ${level}`}.`);
  if (name === "") print(`Another one: /model provider/model. Providers: ${providerNames().join(", ")}.`);
}

async function thinking({ agent, print }: CommandPlace, level: string): Promise<void> {
  const known = THINKING.find((each) => each === level);
  if (level !== "" && known === undefined) throw wrong(THINKING.join(", "), level);
  if (known !== undefined) await agent.setModel(agent.model.model, known);
  print(`Thinking: ${agent.model.thinking ?? "as the provider has it"}.`);
}

async function resume(place: CommandPlace, id: string): Promise<void> {
  const { agent, questions, signal } = place;
  if (id !== "") return goTo(place, { kind: "resume", id });
  const choices = await listed(place);
  if (choices.length === 0) return place.print("There is no other conversation in this folder.");
  const title = "Which conversation?";
  const chosen = await questions.choose({ title, choices, initial: 0 }, { signal });
  return chosen === undefined || chosen === agent.session.id ? undefined : goTo(place, { kind: "resume", id: chosen });
}

async function listed({ agent }: CommandPlace): Promise<{ value: string; label: string }[]> {
  const sessions = await agent.listSessions();
  return sessions
    .filter(({ id }) => id !== agent.session.id)
    .slice(0, MAX_SESSIONS)
    .map(({ id, name, preview = "", changedAt }) => {
      const when = formatTime(Date.parse(changedAt), Date.now()).slice(0, -4);
      return { value: id, label: plain(`${when}  ${name ?? preview}`).replaceAll("\n", " ") };
    });
}

async function goTo(place: CommandPlace, choice: Parameters<CommandPlace["agent"]["switchSession"]>[0]): Promise<void> {
  await place.agent.switchSession(choice);
  place.showConversation();
}

async function rename({ agent, print }: CommandPlace, name: string): Promise<void> {
  if (name === "") return print(`The conversation is ${agent.session.name ?? agent.session.id}.`);
  await agent.rename(name);
  print(`The conversation is ${plain(name)} from now on.`);
}

function extensionIds({ agent }: CommandPlace): Completion[] {
  return agent.host.extensions().map(({ id, state }) => ({ value: id, description: state }));
}

function providers(): Completion[] {
  return providerNames().map((name) => ({ value: `${name}/` }));
}

async function sessionIds(place: CommandPlace): Promise<Completion[]> {
  return (await listed(place)).map(({ value, label }) => ({ value, description: label }));
}

function wrong(expected: string, got: string): TauError {
  return new TauError("invalid-params", `Expected ${expected}, got \`${got}\`.`, { executed: "no" });
}
