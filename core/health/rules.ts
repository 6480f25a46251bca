/** The configured thresholds in milliseconds, as judgements take them. */
import type { PairConfig } from '../config/schema.ts';
import type { FlowRules } from './flow.ts';
import type { MemoryRules } from './memory.ts';
import type { LookRules } from './pair.ts';

/** A rung that takes two thirds of its deadline is slow, where the configuration names no limit. */
export const slowRungSeconds = ({ slowRungSeconds: limit, rungTimeoutSeconds }: PairConfig['probe']): number =>
  limit ?? (2 / 3) * rungTimeoutSeconds;

export const windowRulesOf = ({ probe }: PairConfig): LookRules => ({
  slowRungMs: slowRungSeconds(probe) * 1000,
  windowSamples: probe.windowSamples,
  suspectFailures: probe.suspectFailures,
  confirmMs: probe.confirmSeconds * 1000,
  recoverMs: probe.recoverSeconds * 1000,
  recoverSuccesses: probe.recoverSuccesses,
  staleMs: probe.staleIntervals * probe.intervalSeconds * 1000,
});

export const flowRulesOf = ({ probe, replication }: PairConfig): FlowRules => ({
  freshMs: replication.freshSeconds * 1000,
  staleMs: probe.staleIntervals * replication.sampleIntervalSeconds * 1000,
  lagLimitRecords: replication.lagLimitRecords,
});

export const runningRulesOf = ({ probe }: PairConfig): MemoryRules => ({
  intervalMs: probe.intervalSeconds * 1000,
  windowSamples: probe.windowSamples,
  recoverMs: probe.recoverSeconds * 1000,
});

/** How far back observations are needed: the recovery time, or a window and the confirm time on top of it. */
export const horizonMs = ({ probe }: PairConfig): number =>
  1000 *
  (Math.max(probe.recoverSeconds, probe.confirmSeconds + probe.windowSamples * probe.intervalSeconds) +
    2 * probe.staleIntervals * probe.intervalSeconds);
