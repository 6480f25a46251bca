/** Doubt about ourselves: after a gap in our own running, or a jump of the clock, we observe for one window before anything is confirmed. */
import type { EpochMs } from '../contracts/primitives.ts';

export interface RunningRules {
  readonly intervalMs: number;
  readonly windowSamples: number;
}

/** Schedules have a resolution of a minute and start seconds late; the hand-over between two runs is no gap. */
export const SCHEDULE_JITTER_MS = 30_000;

/**
 * @param lastTurnMs when the turn before this one judged; undefined before the first
 * @param settlingUntilMs what that turn had found here
 * @returns until when nothing may be confirmed, or undefined
 */
export function settlingUntil(
  last: { readonly turnMs: EpochMs; readonly settlingUntilMs?: EpochMs | undefined } | undefined,
  rules: RunningRules,
  nowMs: EpochMs,
): EpochMs | undefined {
  if (!last) return undefined;
  const gapMs = nowMs - last.turnMs;
  const windowMs = rules.windowSamples * rules.intervalMs;
  if (gapMs < 0 || gapMs > Math.max(2 * rules.intervalMs, SCHEDULE_JITTER_MS)) return nowMs + windowMs;
  return last.settlingUntilMs !== undefined && nowMs < last.settlingUntilMs ? last.settlingUntilMs : undefined;
}
