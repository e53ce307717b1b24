import type { UserInterface } from "tau-agent";
import type { StatusParams, WidgetParams } from "tau-protocol";
import { plain } from "../plain-text.ts";
import type { Colors } from "../terminal.ts";
import type { Display } from "./display.ts";
import type { Questions } from "./questions.ts";

export interface TerminalUserOptions {
  display: Display;
  questions: Questions;
  colors: Colors;
  /** Sets the title of the window. `undefined`: as it was. */
  setTitle: (text: string | undefined) => void;
}

/** The person at the terminal, as extensions know them. */
export class TerminalUser {
  readonly #options: TerminalUserOptions;
  readonly #statuses = new Map<string, string>();

  constructor(options: TerminalUserOptions) {
    this.#options = options;
  }

  /** What extensions say of themselves in a word or two. */
  get statuses(): string[] {
    return [...this.#statuses.values()];
  }

  /** What an extension shows goes with it. */
  forget(extensionId: string): void {
    for (const name of this.#statuses.keys()) if (belongsTo(name, extensionId)) this.#statuses.delete(name);
    for (const name of this.#widgets) if (belongsTo(name, extensionId)) this.#takeAway(name);
    this.#options.display.refresh();
  }

  readonly #widgets = new Set<string>();

  get interface(): UserInterface {
    const { display, questions, colors, setTitle } = this.#options;
    const paint = { info: String, warn: colors.yellow, error: colors.red };
    return {
      confirm: questions.confirm,
      select: questions.select,
      input: questions.input,
      editor: questions.editor,
      notify: ({ message, level = "info" }, extensionId) =>
        display.print(`${colors.dim(`${plain(extensionId)}:`)} ${paint[level](plain(message))}`),
      setStatus: (params, extensionId) => this.#setStatus(params, extensionId),
      setWidget: (params, extensionId) => this.#setWidget(params, extensionId),
      setTitle: ({ text }) => setTitle(text === undefined ? undefined : plain(text).replaceAll("\n", " ")),
    };
  }

  #setStatus({ key, text }: StatusParams, extensionId: string): void {
    const name = nameOf(extensionId, key);
    if (text === undefined || text === "") this.#statuses.delete(name);
    else this.#statuses.set(name, plain(text).replaceAll("\n", " "));
    this.#options.display.refresh();
  }

  #setWidget({ key, lines = [] }: WidgetParams, extensionId: string): void {
    const name = nameOf(extensionId, key);
    if (lines.length === 0) return this.#takeAway(name);
    this.#widgets.add(name);
    this.#options.display.setPart(
      name,
      lines.flatMap((line) => plain(line).split("\n")),
    );
  }

  #takeAway(name: string): void {
    this.#widgets.delete(name);
    this.#options.display.setPart(name, []);
  }
}

/** Ids hold no spaces. */
function nameOf(extensionId: string, key: string): string {
  return `${extensionId} ${key}`;
}

function belongsTo(name: string, extensionId: string): boolean {
  return name.startsWith(`${extensionId} `);
}
