import { COMMAND_NAME_PATTERN, type HelloResult, type JsonObject, MAX_TOOLS, TOOL_NAME_PATTERN } from "tau-protocol";
import { BARE_HELLO, HELLO } from "../conversation.ts";
import { CheckFailure, shown } from "../failure.ts";
import { DECIDABLE } from "./decidable.ts";
import { defineChecks } from "./define.ts";

export const handshakeChecks = [
  ...defineChecks("handshake", {
    "ping-before-hello": {
      title: "The host speaks first, and may ping before it says hello",
      rules: ["H-1", "H-5", "L-1"],
      needsReference: false,
      run: async ({ start }) => {
        const conversation = await start();
        await conversation.ping();
        const id = conversation.request("hello", BARE_HELLO);
        await conversation.expect({ id, result: { protocol: 1 } });
      },
    },
    "newest-version": {
      title: "Of a range that goes beyond its own, the extension takes the highest version it speaks",
      rules: ["V-2"],
      level: "basic",
      needsReference: false,
      run: async ({ greet }) => {
        const conversation = await greet({ protocol: { min: 1, max: 1000 } });
        await conversation.ping();
      },
    },
    "newer-host": {
      title: "A host that speaks only newer versions is told which ones the extension speaks",
      rules: ["V-2"],
      needsReference: false,
      run: async ({ start }) => {
        const conversation = await start();
        const id = conversation.request("hello", { ...BARE_HELLO, protocol: { min: 900, max: 1000 } });
        const detail = { protocol: { min: { $any: "number" }, max: { $any: "number" } } };
        await conversation.expect({ id, error: { data: { kind: "protocol-mismatch", executed: "no", detail } } });
      },
    },
    "quiet-setup": {
      title: "Until it has answered hello, the extension sends nothing but logs",
      rules: ["H-2", "H-3"],
      level: "basic",
      needsReference: false,
      run: async ({ start }) => {
        const conversation = await start();
        await conversation.expect({ id: conversation.request("hello", HELLO), result: { protocol: 1 } });
        await conversation.ping();
      },
    },
    "without-extras": {
      title: "A hello with nothing but what must be there is answered",
      rules: ["H-2", "V-7"],
      level: "basic",
      needsReference: false,
      run: async ({ start }) => {
        const conversation = await start();
        await conversation.expect({ id: conversation.request("hello", BARE_HELLO), result: { protocol: 1 } });
      },
    },
  }),
  ...defineChecks("registration", {
    "offer-is-allowed": {
      title: "What the extension offers has names, schemas and hooks that a host accepts",
      rules: ["H-6", "G-1", "G-2", "G-3", "K-1"],
      level: "basic",
      needsReference: false,
      run: async ({ start }) => {
        const offer = (await (await start()).hello()) as unknown as HelloResult;
        const faults = faultsOf(offer);
        if (faults.length > 0) throw new CheckFailure("an offer that a host accepts", shown(faults.join("; ")));
      },
    },
    "same-offer-again": {
      title: "The same content offers the same with the same settings",
      rules: ["R-10"],
      level: "basic",
      needsReference: false,
      run: async ({ start }) => {
        const offers: string[] = [];
        for (let round = 0; round < 2; round++) offers.push(JSON.stringify(await (await start()).hello()));
        if (offers[0] !== offers[1]) throw new CheckFailure(shown(offers[0]), shown(offers[1]));
      },
    },
  }),
];

function faultsOf({ tools = [], hooks = [], commands = [] }: Partial<HelloResult>): string[] {
  const names = tools.map(({ name }) => name);
  const decidable = DECIDABLE.map(({ name }) => name);
  return [
    ...(tools.length > MAX_TOOLS ? [`${tools.length} tools`] : []),
    ...names.filter((name) => !TOOL_NAME_PATTERN.test(name)).map((name) => `a tool called ${shown(name)}`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `two tools called ${name}`),
    ...tools
      .filter(({ parameters }) => (parameters as JsonObject)["type"] !== "object")
      .map(({ name }) => `${name} takes no object`),
    ...commands
      .filter(({ name }) => !COMMAND_NAME_PATTERN.test(name))
      .map(({ name }) => `a command called ${shown(name)}`),
    ...hooks.filter(({ event }) => !decidable.includes(event)).map(({ event }) => `a hook on ${event}`),
    ...hooks
      .filter(({ event }, index) => hooks.findIndex((hook) => hook.event === event) !== index)
      .map(({ event }) => `two hooks on ${event}`),
  ];
}
