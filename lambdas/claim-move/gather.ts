/** Reads what a decision is made of. Verdicts that are too old come back as UNKNOWN. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import { currentVerdict } from '../../core/health/memory.ts';
import { clusterSubject, flowSubject } from '../../core/health/subjects.ts';
import { homeIdentityOf, moveRulesOf, placeOf } from '../../core/move/facts.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { clusterOf } from '../../core/config/pair.ts';
import { gatherCopy } from '../gather/copy.ts';
import { gatherLimits } from '../gather/limits.ts';
import type { Ports } from '../ports.ts';
import type { Asked } from './request.ts';

export async function gatherFacts(
  ports: Pick<Ports, 'control' | 'shared' | 'observations' | 'clock'>,
  config: PairConfig,
  {
    asked,
    state,
    stance,
  }: {
    readonly asked: Pick<Asked, 'placed' | 'request'>;
    readonly state: SetState;
    readonly stance: MoveFacts['stance'];
  },
): Promise<MoveFacts> {
  const { placed, request } = asked;
  const staleMs = config.probe.staleIntervals * config.probe.intervalSeconds * 1000;
  const verdict = async (subject: string) => {
    const stored = await ports.control.verdict(subject);
    return currentVerdict(subject, stored, staleMs, ports.clock.nowMs());
  };
  const rules = moveRulesOf(config);
  const lossAtMs = stance === 'after-claim' && state.open ? state.open.claimedAtMs : ports.clock.nowMs();
  const sinceMs = lossAtMs - rules.foundStaleMs;
  // No later ones: a week of them may pass until a person approves.
  const looks = () => ports.observations.flowsSince(placed.home, placed.refuge, sinceMs, lossAtMs);
  const [home, refuge, outbound, inbound, found, incarnation, limiting, withoutRefuge] = await Promise.all([
    verdict(clusterSubject(placed.home)),
    verdict(clusterSubject(placed.refuge)),
    verdict(flowSubject(placed.home, placed.refuge)),
    verdict(flowSubject(placed.refuge, placed.home)),
    ports.observations.newestSet(placed.name),
    ports.control.incarnation(placed.home),
    gatherLimits(ports, config, { placed, state, request, looks, lossAtMs }),
    request.refugeLost ? gatherCopy(ports, config, state) : undefined,
  ]);
  return {
    nowMs: ports.clock.nowMs(),
    stance,
    request,
    place: placeOf(placed),
    state,
    verdicts: { home, refuge, outbound, inbound },
    found,
    ...homeIdentityOf(clusterOf(config, placed.home).expectedClusterId, incarnation),
    ...limiting,
    ...(withoutRefuge === undefined ? {} : { withoutRefuge }),
    scratch: null,
    veto: null,
    rules,
  };
}
