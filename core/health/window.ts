/**
 * What one vantage says about one cluster, from its votes over time.
 *
 * W-A  A vote older than the stale limit is absent: a vantage whose newest vote is stale says nothing.
 * W-B  Suspected = at least `suspectFailures` of the last `windowSamples` votes failed, and more failed than succeeded.
 * W-C  Confirmed = the suspicion held at every vote for `confirmMs`, without a gap longer than the stale limit and
 *      without a sign of life in between, and the newest vote failed too: nobody moves away from what just answered.
 * W-D  Abstentions take no place in the window: one more of them never moves a judgement towards acting.
 * W-E  A vantage that has seen nothing but failures suspects at once: too little evidence is not health.
 * W-F  Recovered = no failure for `recoverMs`, and at least `recoverSuccesses` successes in that time.
 */
import type { EpochMs } from '../contracts/primitives.ts';
import type { Vote } from './votes.ts';

export interface WindowRules {
  readonly windowSamples: number;
  readonly suspectFailures: number;
  readonly confirmMs: number;
  readonly recoverMs: number;
  readonly recoverSuccesses: number;
  readonly staleMs: number;
}

export type VantageJudgement =
  | { readonly kind: 'confirmed' | 'suspected'; readonly sinceMs: EpochMs; readonly because: string }
  | { readonly kind: 'partial'; readonly because: string }
  | { readonly kind: 'up'; readonly recovered: boolean }
  /** Looks, but cannot tell: the prober's own fault. */
  | { readonly kind: 'faulty'; readonly signOfLife: boolean; readonly because: string }
  | { readonly kind: 'absent' };

export function judgeVantage(votes: readonly Vote[], rules: WindowRules, nowMs: EpochMs): VantageJudgement {
  const seen = votes.filter((vote) => vote.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs || order(a) - order(b));
  const cast = seen.filter((vote) => vote.kind !== 'abstain');
  const newest = cast.at(-1);
  if (!newest || nowMs - newest.atMs > rules.staleMs) return withoutVotes(seen, rules, nowMs);
  const suspicion = suspicionOf(cast, rules);
  if (suspicion) return judgeSuspicion(suspicion, seen, { rules, newest });
  if (newest.kind === 'down' && windowEndingAt(cast, cast.length - 1, rules).every((vote) => vote.kind === 'down'))
    return { kind: 'suspected', sinceMs: newest.atMs, because: newest.because };
  if (newest.kind === 'partial') return { kind: 'partial', because: newest.because };
  return { kind: 'up', recovered: hasRecovered(cast, rules, nowMs) };
}

/** Votes of one instant: the worse one counts as the later, so that the order in which they were read does not matter. */
const order = (vote: Vote): number => ({ abstain: 0, up: 1, partial: 2, down: 3 })[vote.kind];

function withoutVotes(seen: readonly Vote[], rules: WindowRules, nowMs: EpochMs): VantageJudgement {
  const fresh = seen.filter((vote) => vote.kind === 'abstain' && nowMs - vote.atMs <= rules.staleMs);
  const last = fresh.at(-1);
  if (last?.kind !== 'abstain') return { kind: 'absent' };
  return {
    kind: 'faulty',
    signOfLife: fresh.some((vote) => vote.kind === 'abstain' && vote.signOfLife),
    because: last.because,
  };
}

interface Suspicion {
  readonly sinceMs: EpochMs;
  readonly untilMs: EpochMs;
  readonly because: string;
}

/** The suspicion that stands at the newest vote, back to the vote at which it arose. */
function suspicionOf(cast: readonly Vote[], rules: WindowRules): Suspicion | undefined {
  let since: EpochMs | undefined;
  for (let i = cast.length - 1; i >= 0; i -= 1) {
    const vote = cast[i]!;
    const next = cast[i + 1];
    if (next && next.atMs - vote.atMs > rules.staleMs) break;
    if (!isSuspicious(windowEndingAt(cast, i, rules), rules)) break;
    since = vote.atMs;
  }
  if (since === undefined) return undefined;
  const newest = cast.at(-1)!;
  const failures = cast.flatMap((vote) => (vote.kind === 'down' ? [vote.because] : []));
  return { sinceMs: since, untilMs: newest.atMs, because: failures.at(-1)! };
}

const windowEndingAt = (cast: readonly Vote[], index: number, { windowSamples }: WindowRules): readonly Vote[] =>
  cast.slice(Math.max(0, index + 1 - windowSamples), index + 1);

function isSuspicious(window: readonly Vote[], rules: WindowRules): boolean {
  const failures = window.filter((vote) => vote.kind === 'down').length;
  const successes = window.filter((vote) => vote.kind !== 'down').length;
  return failures >= rules.suspectFailures && failures > successes;
}

function judgeSuspicion(
  suspicion: Suspicion,
  seen: readonly Vote[],
  { rules, newest }: { readonly rules: WindowRules; readonly newest: Vote },
): VantageJudgement {
  const { because, untilMs } = suspicion;
  const life = seen.findLast((vote) => vote.kind === 'abstain' && vote.signOfLife);
  const sinceMs = Math.max(suspicion.sinceMs, life?.atMs ?? 0);
  const kind = newest.kind === 'down' && untilMs - sinceMs >= rules.confirmMs ? 'confirmed' : 'suspected';
  return { kind, sinceMs: Math.min(sinceMs, untilMs), because };
}

function hasRecovered(cast: readonly Vote[], rules: WindowRules, nowMs: EpochMs): boolean {
  const recent = cast.filter((vote) => nowMs - vote.atMs <= rules.recoverMs);
  return recent.every((vote) => vote.kind === 'up') && recent.length >= rules.recoverSuccesses;
}
