import type { Agent } from "tau-agent";

/** The lowest row: the model, how full its memory is, and what extensions say of themselves. */
export function footer(agent: Agent | undefined, statuses: readonly string[]): string {
  if (agent === undefined) return "";
  const { model, thinking } = agent.model;
  const { usedTokens, windowTokens } = agent.contextUsage();
  const used =
    windowTokens === undefined ? `${usedTokens} tokens` : `${Math.round((usedTokens / windowTokens) * 100)} % full`;
  const { costUsd } = agent.usage();
  const cost = costUsd === undefined || costUsd === 0 ? [] : [`$${costUsd.toFixed(2)}`];
  return [thinking === undefined ? model : `${model} (${thinking})`, used, ...cost, ...statuses].join(" · ");
}
