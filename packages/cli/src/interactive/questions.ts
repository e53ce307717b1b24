import type { PromptContext, UserInterface } from "tau-agent";
import type { Clock } from "tau-rpc";
import { plain } from "../plain-text.ts";
import type { Colors } from "../terminal.ts";
import { AnswerMode } from "./answer-mode.ts";
import { type Choice, ChoiceMode } from "./choice-mode.ts";
import type { InputMode, Row } from "./input-mode.ts";
import type { Key } from "./keys.ts";

export interface QuestionsOptions {
  colors: Colors;
  clock: Clock;
  /** True while the user is in the middle of a line. */
  isTyping: () => boolean;
  /** The keys go to it from now on; to the line again with `undefined`. */
  show: (mode: InputMode | undefined) => void;
  /** A question that is over, for the record. */
  record: (text: string) => void;
}

type Prompts = Required<Pick<UserInterface, "confirm" | "select" | "input" | "editor">>;

/** Who was typing when a question came does not answer it with what was meant for the line: keys count after a pause of so long. */
const PAUSE_MS = 700;

/** Questions to the user, one at a time, in place of the line. */
export class Questions implements Prompts {
  readonly #options: QuestionsOptions;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  readonly confirm: Prompts["confirm"] = async ({ title, message }, context) => {
    const choices: Choice[] = [
      { value: "yes", label: "Yes", key: "y" },
      { value: "no", label: "No", key: "n" },
    ];
    const chosen = await this.choose({ title, message, choices, initial: 1 }, context);
    return chosen === undefined ? undefined : chosen === "yes";
  };

  readonly select: Prompts["select"] = ({ title, options }, context) => {
    const choices = options.map(({ value, label, description }) => ({
      value,
      label: plain(label ?? value),
      ...(description === undefined ? {} : { description: plain(description) }),
    }));
    return this.choose({ title, choices, initial: 0 }, context);
  };

  readonly input: Prompts["input"] = ({ title, placeholder = "", initial = "", secret = false }, context) =>
    this.#answer({ title, placeholder, initial, isSecret: secret, isMultiline: false }, context);

  readonly editor: Prompts["editor"] = ({ title, initial = "" }, context) =>
    this.#answer({ title, placeholder: "", initial, isSecret: false, isMultiline: true }, context);

  /** Also for the terminal's own questions. */
  choose(
    {
      title,
      message,
      choices,
      initial,
    }: { title: string; message?: string | undefined; choices: Choice[]; initial: number },
    context: PromptContext,
  ): Promise<string | undefined> {
    const heading = this.#heading(title, message, context);
    if (choices.length === 0) return Promise.resolve(undefined);
    return this.#ask(context, (answer) => {
      const done = (choice: Choice | undefined): void => {
        this.#record(title, choice?.label);
        answer(choice?.value);
      };
      return new ChoiceMode({ heading, choices, initial, paintChosen: this.#options.colors.cyan, done });
    });
  }

  #answer(
    asked: { title: string; placeholder: string; initial: string; isSecret: boolean; isMultiline: boolean },
    context: PromptContext,
  ): Promise<string | undefined> {
    const { title, isSecret } = asked;
    const heading = this.#heading(title, undefined, context);
    return this.#ask(context, (answer) => {
      const done = (text: string | undefined): void => {
        this.#record(title, isSecret && text !== undefined ? "•••" : text);
        answer(text);
      };
      const shown = { initial: plain(asked.initial), placeholder: plain(asked.placeholder) };
      return new AnswerMode({ ...asked, ...shown, heading, paintHint: this.#options.colors.dim, done });
    });
  }

  #ask<Value>(
    { signal }: PromptContext,
    make: (answer: (value: Value | undefined) => void) => InputMode,
  ): Promise<Value | undefined> {
    return new Promise((resolve) => {
      const end = (value: Value | undefined): void => {
        signal.removeEventListener("abort", takeAway);
        this.#options.show(undefined);
        resolve(value);
      };
      const takeAway = (): void => end(undefined);
      signal.addEventListener("abort", takeAway, { once: true });
      this.#options.show(this.#guarded(make(end)));
    });
  }

  #guarded(mode: InputMode): InputMode {
    const { clock, isTyping, colors } = this.#options;
    let typedAt: number | undefined = isTyping() ? clock.now() : undefined;
    const hint: Row = { text: "(You were typing: pause for a moment, then answer.)", paint: colors.yellow };
    return {
      key: (key: Key) => {
        const now = clock.now();
        if (typedAt !== undefined && now - typedAt < PAUSE_MS) {
          typedAt = now;
          return;
        }
        typedAt = undefined;
        mode.key(key);
      },
      layout: (room) => {
        const { rows, cursor } = mode.layout({ ...room, rows: Math.max(2, room.rows - 1) });
        return typedAt === undefined
          ? { rows, cursor }
          : { rows: [hint, ...rows], cursor: { ...cursor, row: cursor.row + 1 } };
      },
    };
  }

  #heading(title: string, message: string | undefined, { extensionId }: PromptContext): Row[] {
    const { colors } = this.#options;
    const whose = extensionId === undefined ? "" : `${plain(extensionId)}: `;
    const lines = message === undefined ? [] : plain(message).split("\n");
    return [{ text: `? ${whose}${plain(title)}`, paint: colors.bold }, ...lines.map((text) => ({ text: `  ${text}` }))];
  }

  #record(title: string, answer: string | undefined): void {
    const [line = ""] = plain(title).split("\n");
    const said = answer === undefined ? "dismissed" : plain(answer);
    this.#options.record(this.#options.colors.dim(`? ${line} ${said}`));
  }
}
