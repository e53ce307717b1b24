import type { Check } from "../check.ts";
import { callChecks } from "./calls.ts";
import { cancelChecks } from "./cancel.ts";
import { channelChecks } from "./channel.ts";
import { cutChecks } from "./cuts.ts";
import { eventChecks } from "./events.ts";
import { faultChecks } from "./faults.ts";
import { floodChecks } from "./floods.ts";
import { handshakeChecks } from "./handshake.ts";
import { hookChecks } from "./hooks.ts";
import { lifeChecks } from "./life.ts";
import { reloadChecks } from "./reload.ts";
import { serviceChecks } from "./services.ts";
import { transcriptChecks } from "./transcripts.ts";
import { wrongTypeChecks } from "./wrong-types.ts";

const GROUPS = [
  "handshake",
  "registration",
  "calls",
  "progress",
  "cancel",
  "deadlines",
  "hooks",
  "events",
  "commands",
  "services",
  "state",
  "reload",
  "life",
  "channel",
  "messages",
  "framing",
  "faults",
];

/** Every check there is, group by group. */
export function allChecks(): Check[] {
  const checks = [
    ...transcriptChecks(),
    ...handshakeChecks,
    ...callChecks,
    ...cancelChecks,
    ...hookChecks,
    ...eventChecks,
    ...serviceChecks,
    ...reloadChecks,
    ...lifeChecks,
    ...channelChecks,
    ...faultChecks,
    ...wrongTypeChecks,
    ...floodChecks,
    ...cutChecks,
  ];
  return checks.sort((one, other) => GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group));
}
