/** Doubt about ourselves: after a gap in our own running, or a jump of the clock, we observe for one window before anything is confirmed. */
import type { EpochMs } from '../contracts/primitives.ts';

export interface RunningRules {
  readonly intervalMs: number;
  readonly windowSamples: number;
}

/** Schedules have a resolution of a minute and start seconds late; the hand-over between two runs is no gap. */
export const SCHEDULE_JITTER_MS = 30_000;

/** Clocks of functions agree to within milliseconds; one that is further ahead than this has jumped. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** Between the turn at `lastMs` and this one we were away, or the clock went back. */
export function wasInterrupted(lastMs: EpochMs, { intervalMs }: RunningRules, nowMs: EpochMs): boolean {
  const gapMs = nowMs - lastMs;
  return gapMs < 0 || gapMs > Math.max(2 * intervalMs, SCHEDULE_JITTER_MS);
}

export interface LastTurn {
  readonly turnMs: EpochMs;
  /** What that turn had found here. */
  readonly settlingUntilMs?: EpochMs | undefined;
}

/**
 * @param last the turn before this one; undefined before the first
 * @param newestSeenMs the newest observation of any vantage: one from the future says that some clock is wrong, theirs or
 *   ours, and it will look fresh when its time comes
 * @returns until when nobody may act, or undefined
 */
export function settlingUntil(
  last: LastTurn | undefined,
  rules: RunningRules,
  { nowMs, newestSeenMs }: { readonly nowMs: EpochMs; readonly newestSeenMs?: EpochMs | undefined },
): EpochMs | undefined {
  const windowMs = rules.windowSamples * rules.intervalMs;
  const ahead = (newestSeenMs ?? nowMs) - nowMs > CLOCK_TOLERANCE_MS;
  if (ahead || (last && wasInterrupted(last.turnMs, rules, nowMs))) return nowMs + windowMs;
  return last?.settlingUntilMs !== undefined && nowMs < last.settlingUntilMs ? last.settlingUntilMs : undefined;
}
