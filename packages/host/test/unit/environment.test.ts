import { expect, test } from "vitest";
import { cleanEnvironment } from "../../src/environment.ts";

const SECRETS = {
  OPENAI_API_KEY: "sk",
  AWS_SECRET_ACCESS_KEY: "aws",
  GITHUB_TOKEN: "gh",
  HTTPS_PROXY: "http://user:password@proxy",
  NODE_OPTIONS: "--require ./evil.js",
  NODE_PATH: "/elsewhere",
  LD_PRELOAD: "/evil.so",
  TAU_CHANNEL: "fd:9",
  TAU_HOME: "/home/ada/.tau",
  SSH_AUTH_SOCK: "/agent",
  path: "/lower/case",
  XLC_ALL: "no locale",
};

test("what programs need is passed on", () => {
  const needed = { PATH: "/bin", HOME: "/home/ada", LANG: "C", LC_ALL: "C", LC_TIME: "de", TMPDIR: "/t", TZ: "UTC" };
  expect(cleanEnvironment({ ...needed, ...SECRETS })).toEqual(needed);
});

test("nothing that was not granted gets through", () => {
  expect(cleanEnvironment(SECRETS)).toEqual({});
});

test("a variable that is not set is not passed on as text", () => {
  expect(cleanEnvironment({ PATH: undefined, HOME: "" })).toEqual({ HOME: "" });
});
