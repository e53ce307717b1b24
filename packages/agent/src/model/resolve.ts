import { nearest } from "tau-host";
import { TauError } from "tau-protocol";
import type { Clock } from "tau-rpc";
import { factsOf } from "./facts.ts";
import type { Fetch, ResolvedModel } from "./model.ts";
import { PROVIDERS } from "./providers.ts";
import type { OfflineScript } from "./script.ts";
import { OFFLINE_REFERENCE, resolveScripted } from "./scripted.ts";

export interface ResolveOptions {
  /** Keys and addresses come from here. */
  environment: Readonly<Record<string, string | undefined>>;
  /** @default the global one */
  fetch?: Fetch;
  /** What `offline/scripted` says. @default the file that `TAU_SCRIPT` names, or its own rules */
  script?: OfflineScript;
  /** Paces `offline/scripted`. @default the machine's */
  clock?: Clock;
}

/**
 * A model by its name, `provider/model`. Nothing is loaded or sent.
 * @throws TauError `unknown-model`, or `missing-key` where the environment lacks what the provider needs
 */
export function resolveModel(reference: string, options: ResolveOptions): ResolvedModel {
  const slash = reference.indexOf("/");
  const name = slash === -1 ? reference : reference.slice(0, slash);
  const modelId = slash === -1 ? "" : reference.slice(slash + 1);
  if (name === "offline") return resolveOffline(reference, options);
  const provider = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  if (provider === undefined) throw unknownProvider(reference, name);
  if (modelId === "")
    throw unknownModel(`Expected \`${name}/<model>\`, got \`${reference}\`. For example: \`${provider.example}\`.`);
  const { environment, fetch = globalThis.fetch } = options;
  const connect = provider.prepare(modelId, environment, fetch);
  return { reference, provider: name, modelId, connect, ...factsOf(name, modelId) };
}

/** The names that can stand before the slash. */
export function providerNames(): string[] {
  return ["offline", ...Object.keys(PROVIDERS)];
}

function resolveOffline(reference: string, options: ResolveOptions): ResolvedModel {
  if (reference === OFFLINE_REFERENCE) return resolveScripted(options);
  throw unknownModel(`There is no model \`${reference}\`. Without a network there is \`${OFFLINE_REFERENCE}\`.`);
}

function unknownProvider(reference: string, name: string): TauError {
  const meant = nearest(name, providerNames());
  const hint = meant.length === 0 ? "" : ` Did you mean ${meant.map((candidate) => `\`${candidate}\``).join(" or ")}?`;
  const known = providerNames().join(", ");
  return unknownModel(`Expected a model as \`provider/model\`, got \`${reference}\`.${hint} Providers: ${known}.`);
}

function unknownModel(text: string): TauError {
  return new TauError("unknown-model", text, { executed: "no" });
}
