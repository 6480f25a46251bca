/** When the state of the world asks for a move of a set: from what stands, never from an edge that may have been missed. */
import { consumersAreHome } from '../contracts/primitives.ts';
import type { Claim } from '../contracts/tables.ts';
import { allowsOf } from '../health/cluster.ts';
import { causeIdOf, isSettling } from '../health/memory.ts';
import { clip, instant } from '../health/words.ts';
import type { MoveFacts } from './facts.ts';
import { partialOutage } from './partial.ts';
import { isConfirmedDown, supersedable } from './supersede.ts';

export interface Call {
  readonly event: 'OutageConfirmed' | 'RecoveryConfirmed';
  /** The same for as long as the cause stands. */
  readonly incidentId: string;
  readonly sentence: string;
}

/** It becomes the reason of a workflow's input, which has a limit. */
const MAX_SENTENCE = 400;

/**
 * Nothing is asked for while a claim is open or the set is switched off; the guards judge the rest. But for a home that is
 * confirmed lost while clients are on their way there, or have not all left: its failover takes the place of what is open.
 * And but for a move that waits for a person where none is needed any more.
 */
export function callFor(facts: MoveFacts): Call | undefined {
  const { state, verdicts, nowMs } = facts;
  if (state.mode === 'off' || isSettling(verdicts.home, nowMs)) return undefined;
  if (state.open?.approval === 'pending' && state.open.move === 'failover') return unaided(facts);
  if (state.open)
    return supersedable(state) && isConfirmedDown(verdicts.home.kind)
      ? outage(facts)
      : unaidedReturn(facts, state.open);
  // In "leaving" a switchover was cut short, and the failover that was to follow was given up.
  if (consumersAreHome(state.phase)) return outage(facts);
  // So was a failback.
  if (state.phase === 'returning') return outage(facts) ?? recovery(facts);
  return state.phase === 'refuge' ? recovery(facts) : undefined;
}

const unaided = (facts: MoveFacts): Call | undefined =>
  facts.state.mode === 'automatic' && allowsOf(facts.verdicts.home.kind) === 'automatic' ? outage(facts) : undefined;

const unaidedReturn = (facts: MoveFacts, open: Claim): Call | undefined => {
  const waits = open.approval === 'pending' && open.move === 'failback';
  return waits && facts.state.mode === 'automatic' && facts.place.failback === 'automatic'
    ? recovery(facts)
    : undefined;
};

function outage(facts: MoveFacts): Call | undefined {
  const {
    verdicts: { home },
    nowMs,
    rules,
  } = facts;
  const allows = allowsOf(home.kind);
  if (allows === 'nothing') return undefined;
  // The vantages and the witness do not agree in the same second: asking a person at once would forestall the automatic move.
  if (allows === 'approval' && nowMs - home.sinceMs < rules.uncorroboratedMs) return undefined;
  // G14 would refuse it, once a minute for as long as it lasts.
  if (home.kind === 'PARTIAL_OUTAGE' && !partialOutage(facts).holds) return undefined;
  return {
    event: 'OutageConfirmed',
    incidentId: causeIdOf(home),
    sentence: clip(home.sentence, MAX_SENTENCE),
  };
}

/**
 * Named after what it is a recovery from and after the stay that it ends, not after when it was healthy last: a person who said
 * no is asked again after the next outage, not after the next flicker.
 */
function recovery({ verdicts: { home }, place, state, nowMs, rules }: MoveFacts): Call | undefined {
  // Home was well when it left: whoever moved it for a reason says when that reason is gone.
  if (state.leftHomeBy === 'switchover') return undefined;
  if (place.failback === 'manual' || home.kind !== 'HEALTHY' || nowMs - home.sinceMs < rules.dwellMs) return undefined;
  const sentence = `${place.home} has been HEALTHY since ${instant(home.sinceMs)}, longer than the dwell time`;
  return {
    event: 'RecoveryConfirmed',
    incidentId: recoveryId(place.home, state.leftHomeAtMs, home.lastIncidentId),
    sentence,
  };
}

const recoveryId = (home: string, leftAtMs: number | undefined, lastIncidentId: string | undefined): string =>
  `recovery-${home}-left-${leftAtMs === undefined ? 'long-ago' : instant(leftAtMs)}-after-${lastIncidentId ?? 'no-outage'}`;
