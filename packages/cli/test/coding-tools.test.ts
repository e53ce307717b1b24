import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tau } from "./run-tau.ts";
import { Workplace } from "./workplace.ts";

const OWN_BASH = `
  export default (api) => {
    api.registerTool({
      name: "bash", description: "in a container", parameters: { type: "object" },
      execute: () => ({ content: [{ type: "text", text: "contained" }] }),
    });
  };
`;

test("an extension that offers bash takes the name, and the other coding tools stay", async () => {
  await using place = new Workplace();
  place.write("own.mjs", OWN_BASH);
  place.write("a.txt", "one");
  const prompt = "use bash command=pwd\nuse read path=a.txt";
  const { stdout } = await place.run("-p", prompt, "-e", "own.mjs");
  expect(stdout).toBe("contained\none\n");
});

test("the settings choose the coding tools, and what their commands see of the environment", async () => {
  await using place = new Workplace();
  mkdirSync(place.home);
  place.write("home/settings.json", JSON.stringify({ codingTools: ["bash"], env: { "coding-tools": ["GRANTED"] } }));
  const env = { TAU_HOME: place.home, GRANTED: "seen", WITHHELD: "secret" };
  const options = { cwd: place.folder, env };
  const prompt = 'use bash command="echo ${GRANTED-none} ${WITHHELD-none}"';
  expect((await tau(["-p", prompt], options)).stdout).toBe("seen none\n");
  expect((await tau(["-p", "use ls"], options)).stdout).toContain("I have no tool `ls`");
  expect(place.home).toBe(join(place.folder, "home"));
});

test("a build with hundreds of processes is no runaway", async () => {
  await using place = new Workplace();
  const prompt = 'use bash command="for i in $(seq 300); do sleep 2 & done; wait; echo built"';
  expect((await place.run("-p", prompt)).stdout).toBe("built\n");
});
