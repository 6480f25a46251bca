/**
 * What one vantage says about one cluster, from its votes over time.
 *
 * W-A  A vote older than the stale limit is absent: a vantage whose newest vote is stale says nothing.
 * W-B  A level of trouble holds = at least `suspectFailures` of the last `windowSamples` votes were that bad or worse, and
 *      more of them than were better. The worst level that holds is the judgement; "down" that holds is a suspicion.
 * W-C  Confirmed = the suspicion held at every vote for `confirmMs`, without a gap longer than the stale limit and
 *      without a sign of life in between, and the newest vote failed too: nobody moves away from what just answered.
 * W-D  Abstentions take no place in the window: one more of them never moves a judgement towards acting.
 * W-E  A vantage that has seen nothing but trouble of a level says so at once: too little evidence is not health.
 * W-F  Recovered = nothing but `up` and `degraded` for `recoverMs`, and at least `recoverSuccesses` of them in that time.
 */
import type { ErrorClass, Impairment } from '../contracts/observations.ts';
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
  | {
      readonly kind: 'confirmed' | 'suspected';
      readonly sinceMs: EpochMs;
      readonly because: string;
      /** It still told its metadata when it last failed. */
      readonly answered?: true;
      readonly impairment?: Impairment;
    }
  | { readonly kind: 'partial'; readonly because: string; readonly impairment?: Impairment }
  | { readonly kind: 'gray'; readonly because: string }
  | { readonly kind: 'up'; readonly recovered: boolean; /** What redundancy is missing. */ readonly degraded?: string }
  /** Looks, but cannot tell: the prober's own fault. `errorClass` is there when all of its fresh looks broke for that one reason. */
  | {
      readonly kind: 'faulty';
      readonly signOfLife: boolean;
      readonly because: string;
      readonly errorClass?: ErrorClass;
    }
  | { readonly kind: 'absent' };

type Cast = Exclude<Vote, { kind: 'abstain' }>;
type Abstention = Extract<Vote, { kind: 'abstain' }>;

const LEVEL: Readonly<Record<Cast['kind'], number>> = { up: 0, degraded: 1, gray: 2, partial: 3, down: 4 };

export function judgeVantage(votes: readonly Vote[], rules: WindowRules, nowMs: EpochMs): VantageJudgement {
  const seen = votes.filter((vote) => vote.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
  const cast: Cast[] = [];
  // Stryker disable next-line ArrayDeclaration: what is no vote has no time and is no sign of life, so each question passes over it
  const abstained: Abstention[] = [];
  for (const vote of seen)
    if (vote.kind === 'abstain') abstained.push(vote);
    else cast.push(vote);
  // Of one instant the worse vote counts as the later one, so that the order in which they were read does not matter.
  cast.sort((a, b) => a.atMs - b.atMs || LEVEL[a.kind] - LEVEL[b.kind]);
  const newest = cast.at(-1);
  if (!newest || nowMs - newest.atMs > rules.staleMs) return withoutVotes(abstained, rules, nowMs);
  const window = windowEndingAt(cast, cast.length - 1, rules);
  const level = (['down', 'partial', 'gray', 'degraded'] as const).find((kind) => holdsAt(kind, window, rules));
  if (level === 'down') return judgeSuspicion(suspicionOf(cast, rules), abstained, { rules, newest });
  const example = window.findLast((vote) => vote.kind === level);
  if (example?.kind === 'partial') return { kind: 'partial', because: example.because, ...impairmentIn(example) };
  if (example?.kind === 'gray') return { kind: 'gray', because: example.because };
  const recovered = hasRecovered(cast, rules, nowMs);
  return example?.kind === 'degraded'
    ? { kind: 'up', recovered, degraded: example.because }
    : { kind: 'up', recovered };
}

function withoutVotes(abstained: readonly Abstention[], rules: WindowRules, nowMs: EpochMs): VantageJudgement {
  const fresh = abstained.filter((vote) => nowMs - vote.atMs <= rules.staleMs);
  const last = fresh.at(-1);
  if (!last) return { kind: 'absent' };
  const { errorClass, because } = last;
  const agreed = errorClass !== undefined && fresh.every((vote) => vote.errorClass === errorClass);
  return {
    kind: 'faulty',
    signOfLife: fresh.some((vote) => vote.signOfLife),
    because,
    ...(agreed ? { errorClass } : {}),
  };
}

interface Suspicion {
  readonly sinceMs: EpochMs;
  readonly untilMs: EpochMs;
  /** The newest failure in it. */
  readonly failure: Extract<Cast, { kind: 'down' | 'partial' }>;
}

/** The suspicion that stands at the newest vote, back to the vote at which it arose. */
function suspicionOf(cast: readonly Cast[], rules: WindowRules): Suspicion {
  const newest = cast.at(-1)!;
  let sinceMs = newest.atMs;
  for (let i = cast.length - 2; i >= 0; i -= 1) {
    const vote = cast[i]!;
    if (cast[i + 1]!.atMs - vote.atMs > rules.staleMs) break;
    if (!isSuspicious(windowEndingAt(cast, i, rules), rules)) break;
    sinceMs = vote.atMs;
  }
  const failures = cast.flatMap((vote) => (vote.kind === 'down' ? [vote] : []));
  return { sinceMs, untilMs: newest.atMs, failure: failures.at(-1)! };
}

const windowEndingAt = (cast: readonly Cast[], index: number, { windowSamples }: WindowRules): readonly Cast[] =>
  cast.slice(Math.max(0, index + 1 - windowSamples), index + 1);

function holdsAt(kind: Cast['kind'], window: readonly Cast[], rules: WindowRules): boolean {
  const asBad = window.filter((vote) => LEVEL[vote.kind] >= LEVEL[kind]).length;
  return asBad === window.length || (asBad >= rules.suspectFailures && asBad > window.length - asBad);
}

/** Without W-E: the time towards a confirmation begins when there were enough failures. */
function isSuspicious(window: readonly Cast[], rules: WindowRules): boolean {
  const failures = window.filter((vote) => vote.kind === 'down').length;
  return failures >= rules.suspectFailures && failures > window.length - failures;
}

function judgeSuspicion(
  { failure, sinceMs: aroseMs, untilMs }: Suspicion,
  abstained: readonly Abstention[],
  { rules, newest }: { readonly rules: WindowRules; readonly newest: Vote },
): VantageJudgement {
  const life = abstained.findLast((vote) => vote.signOfLife);
  const sinceMs = Math.max(aroseMs, life?.atMs ?? 0);
  const kind = newest.kind === 'down' && untilMs - sinceMs >= rules.confirmMs ? 'confirmed' : 'suspected';
  return {
    kind,
    sinceMs: Math.min(sinceMs, untilMs),
    because: failure.because,
    ...(failure.answered === true ? { answered: true as const } : {}),
    ...impairmentIn(failure),
  };
}

const impairmentIn = ({ impairment }: { readonly impairment?: Impairment }): { readonly impairment?: Impairment } =>
  impairment === undefined ? {} : { impairment };

function hasRecovered(cast: readonly Cast[], rules: WindowRules, nowMs: EpochMs): boolean {
  const recent = cast.filter((vote) => nowMs - vote.atMs <= rules.recoverMs);
  return recent.every((vote) => LEVEL[vote.kind] <= LEVEL.degraded) && recent.length >= rules.recoverSuccesses;
}
