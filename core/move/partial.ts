/** Guard G14: how much of a client set a partial outage hits, and whether that is enough to ask a person. */
import { percent } from '../health/impairment.ts';
import { clusterDataOf } from '../health/memory.ts';
import type { MoveFacts } from './facts.ts';
import type { Check } from './guard.ts';
import { fails, holds } from './guard.ts';

/** Of a set whose topics the probes may not describe only the share of the canary partitions is known. */
export function partialOutage({ verdicts: { home }, place, rules }: MoveFacts): Check {
  const impairment = clusterDataOf(home)?.impairment;
  if (!impairment) return fails(`how much of ${place.home} does not serve is not known`);
  const hit = impairment.sets[place.clientSet];
  const share = hit?.share ?? impairment.canaryShare;
  const critical = place.criticalTopics?.filter((topic) => hit?.topics.includes(topic) === true) ?? [];
  if (critical.length > 0) return holds(`critical topics of ${place.clientSet} do not serve: ${critical.join(', ')}`);
  const limit = rules.partialLimitShare ?? NO_LIMIT;
  const what = hit ? `of the partitions or groups of ${place.clientSet}` : `of the canary partitions at ${place.home}`;
  return share > limit
    ? holds(`${percent(share)} ${what} do not serve, more than the limit of ${percent(limit)}`)
    : fails(`${percent(share)} ${what} do not serve, a person is asked above ${percent(limit)}`);
}

/** Facts stored before the limit existed: no share is above it. */
const NO_LIMIT = 1;
