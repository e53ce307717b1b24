import { type JsonObject, TauError, type ToolDefinition } from "tau-protocol";
import { argumentsError, asCallError } from "./call-errors.ts";
import { nearest } from "./nearest.ts";
import type { Check, SchemaCompiler } from "./validate/schema.ts";

/** What a model and an embedder see of a tool. */
export interface ToolDescriptor extends ToolDefinition {
  /** The id of the extension that runs it. */
  extensionId: string;
}

/** A tool and who runs it. */
export interface RegistryEntry<Owner> {
  descriptor: ToolDescriptor;
  owner: Owner;
  check: Check;
}

/** Who runs which tool. Changes are all or nothing. */
export class ToolRegistry<Owner> {
  readonly #entries = new Map<string, RegistryEntry<Owner>>();
  /** The same by extension: an agent that starts with fifty would look through all tools for each. */
  readonly #own = new Map<string, readonly RegistryEntry<Owner>[]>();
  readonly #compiler: SchemaCompiler;

  constructor(compiler: SchemaCompiler) {
    this.#compiler = compiler;
  }

  /** @throws TauError `unknown-tool`, with the nearest names */
  find(name: string): RegistryEntry<Owner> {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    const names = [...this.#entries.keys()];
    const near = nearest(name, names);
    const hint = near.length > 0 ? `Did you mean ${near.map((each) => `\`${each}\``).join(" or ")}?` : listNames(names);
    throw new TauError("unknown-tool", `There is no tool \`${shorten(name)}\`. ${hint}`, { executed: "no" });
  }

  /** The tool, if it can be called with these arguments. @throws TauError `unknown-tool`, `invalid-arguments` */
  findFor(name: string, args: JsonObject): RegistryEntry<Owner> {
    const entry = this.find(name);
    const faults = checkSafely(name, entry.check, args);
    if (faults !== undefined) throw argumentsError(name, entry.descriptor.extensionId, faults);
    return entry;
  }

  /**
   * Puts an extension's tools in the place of those it had, at once.
   * @throws TauError `tool-collision` naming both owners; nothing has changed then
   */
  replace(extensionId: string, owner: Owner, tools: readonly ToolDefinition[]): void {
    this.checkCollisions(extensionId, tools);
    const kept = this.remove(extensionId);
    const own = tools.map((tool) => {
      const known = kept.get(tool.name);
      // The same schema keeps its compiled check over a reload.
      const same =
        known !== undefined && JSON.stringify(known.descriptor.parameters) === JSON.stringify(tool.parameters);
      const check = same ? known.check : this.#compiler.compile(tool.parameters);
      return { descriptor: { ...tool, extensionId }, owner, check };
    });
    for (const entry of own) this.#entries.set(entry.descriptor.name, entry);
    this.#own.set(extensionId, own);
  }

  /** @throws TauError `tool-collision` */
  checkCollisions(extensionId: string, tools: readonly ToolDefinition[]): void {
    for (const { name } of tools) {
      const other = this.#entries.get(name)?.descriptor.extensionId;
      if (other === undefined || other === extensionId) continue;
      throw new TauError(
        "tool-collision",
        `Extensions \`${other}\` and \`${extensionId}\` both offer a tool \`${name}\`. Rename it in one of them, or load only one.`,
        { executed: "no", phase: "register", extensionId },
      );
    }
  }

  /** The tools an extension offers at the moment. */
  toolsOf(extensionId: string): ToolDescriptor[] {
    return (this.#own.get(extensionId) ?? []).map(({ descriptor }) => descriptor);
  }

  /** Answers those it had, by name. */
  remove(extensionId: string): ReadonlyMap<string, RegistryEntry<Owner>> {
    const removed = new Map<string, RegistryEntry<Owner>>();
    for (const entry of this.#own.get(extensionId) ?? []) {
      const { name } = entry.descriptor;
      removed.set(name, entry);
      this.#entries.delete(name);
    }
    this.#own.delete(extensionId);
    return removed;
  }
}

/** @throws TauError `invalid-arguments` also where they could not be checked */
function checkSafely(name: string, check: Check, args: JsonObject): ReturnType<Check> {
  try {
    return check(args);
  } catch (error) {
    throw asCallError(name, error);
  }
}

/** Models make names up, of any length. */
function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? "No extension offers any." : `There are: ${names.slice(0, 20).join(", ")}.`;
}
