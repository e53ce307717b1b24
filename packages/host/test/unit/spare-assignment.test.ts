import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { LaunchOptions } from "../../src/launch/launcher-client.ts";
import { assignSpare } from "../../src/launch/spare-assignment.ts";

const spare: LaunchOptions = {
  command: "/usr/bin/node",
  args: ["/runner.cjs"],
  cwd: "/project",
  env: { PATH: "/bin", TAU_CHANNEL: "fd:3,4" },
  channel: "fd3+4",
  limits: { memoryBytes: 1000 },
};
const wanted: LaunchOptions = { ...spare, args: ["/runner.cjs", "/cache/bundle.cjs", "greeter", "1.0.0"] };
const granting = (env: Record<string, string>): LaunchOptions => ({ ...wanted, env: { ...wanted.env, ...env } });

describe("a spare", () => {
  test("is told bundle, name, version and what it has not of the environment", () => {
    expect(assignSpare(spare, granting({ API_KEY: "secret", PATH: "/own/bin" }))).toEqual({
      bundle: "/cache/bundle.cjs",
      name: "greeter",
      version: "1.0.0",
      env: { API_KEY: "secret", PATH: "/own/bin" },
    });
  });

  const usable = [
    "API_KEY",
    "HOME",
    "TZ",
    "NODE_ENV",
    "HTTP_PROXY",
    "NO_COLOR",
    "FORCE_COLOR",
    "TMPDIR",
    "LDAP_HOST",
    "_",
  ];
  for (const variable of usable) {
    test(`takes the variable ${variable}`, () => {
      expect(assignSpare(spare, granting({ [variable]: "value" }))?.env).toEqual({ [variable]: "value" });
    });
  }

  const tooLate = [
    "NODE_OPTIONS",
    "NODE_EXTRA_CA_CERTS",
    "NODE_PATH",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "UV_THREADPOOL_SIZE",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "MALLOC_ARENA_MAX",
    "GLIBC_TUNABLES",
    "SSL_CERT_FILE",
    "OPENSSL_CONF",
    "ICU_TIMEZONE_FILES_DIR",
    "LC_ALL",
    "LANG",
    "LANGUAGE",
    "TAU_CHANNEL",
    "TAU_PROCESS",
    "odd name",
    "",
    "1ST",
  ];
  for (const variable of tooLate) {
    test(`is not used where ${JSON.stringify(variable)} is granted`, () => {
      expect(assignSpare(spare, granting({ [variable]: "value" }))).toBeUndefined();
    });
  }

  const other: Record<string, LaunchOptions> = {
    program: { ...wanted, command: "/opt/node" },
    directory: { ...wanted, cwd: "/elsewhere" },
    channel: { ...wanted, channel: "stdio" },
    limit: { ...wanted, limits: { memoryBytes: 2000 } },
    flag: { ...wanted, args: ["--expose-gc", ...wanted.args] },
    runner: { ...wanted, args: ["/other.cjs", ...wanted.args.slice(1)] },
    "set of arguments": { ...wanted, args: [...wanted.args, "more"] },
    "environment with a variable too few": { ...wanted, env: { TAU_CHANNEL: "fd:3,4" } },
    "variable with a zero in it": granting({ ZERO: "a\0b" }),
  };
  for (const [what, launch] of Object.entries(other)) {
    test(`is not used for another ${what}`, () => {
      expect(assignSpare(spare, launch)).toBeUndefined();
    });
  }

  const name = fc.stringMatching(/^[A-Z_]{1,12}$/);
  property.prop([fc.dictionary(name, fc.string()), fc.dictionary(name, fc.string())])(
    "has exactly the wanted environment after what it is told, whatever is granted",
    (clean, granted) => {
      const own = { ...spare, env: clean };
      const launch = { ...wanted, env: { ...clean, ...granted } };
      const assignment = assignSpare(own, launch);
      if (assignment !== undefined) expect({ ...own.env, ...assignment.env }).toEqual(launch.env);
    },
  );
});
