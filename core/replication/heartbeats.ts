/**
 * What replication, seen on the target alone, says about the source (witness B), and which part is broken.
 * `heartbeats` on the target is written by the flow itself; `<source>.heartbeats` was written on the source and copied.
 */

/** Absent = could not be read. That is not "stale". */
export interface HeartbeatEvidence {
  /** Newest record of `<source>.heartbeats` on the target. */
  readonly copiedHeartbeatMs?: number | undefined;
  /** Newest record of `heartbeats` on the target with this flow's key. */
  readonly ownHeartbeatMs?: number | undefined;
  /** Whether the ends of the remote topics moved between the last two looks. */
  readonly remoteEnds?: 'moving' | 'still' | undefined;
}

export interface FreshnessRule {
  readonly nowMs: number;
  /** At least 30 missed beats and longer than a rebalance of the flow's workers. */
  readonly freshnessLimitMs: number;
}

/** ALIVE is a veto against "down". Only CORROBORATES supports "down", and never alone. */
export type WitnessB =
  | { readonly kind: 'ALIVE'; readonly veto: true; readonly degraded: boolean; readonly because: string }
  | { readonly kind: 'CORROBORATES' | 'UNAVAILABLE'; readonly veto: false; readonly because: string };

export type Freshness = 'fresh' | 'stale' | 'unknown';

/** A beat from the future says that clocks disagree; further ahead than the limit it proves nothing. */
export function freshness(atMs: number | undefined, rule: FreshnessRule): Freshness {
  if (atMs === undefined) return 'unknown';
  const ageMs = rule.nowMs - atMs;
  if (ageMs < -rule.freshnessLimitMs) return 'unknown';
  return ageMs <= rule.freshnessLimitMs ? 'fresh' : 'stale';
}

export function readHeartbeats(evidence: HeartbeatEvidence, rule: FreshnessRule): WitnessB {
  const copied = freshness(evidence.copiedHeartbeatMs, rule);
  const own = freshness(evidence.ownHeartbeatMs, rule);
  const ends = evidence.remoteEnds ?? 'unknown';
  const seen = `heartbeats copied from the source: ${copied}, the flow's own heartbeats: ${own}, remote topics: ${ends}`;
  if (copied === 'fresh') return { kind: 'ALIVE', veto: true, degraded: false, because: seen };
  // Only this flow writes remote topics: what arrives was read from the source.
  if (ends === 'moving') return { kind: 'ALIVE', veto: true, degraded: true, because: seen };
  const nothingArrivesThoughTheFlowRuns = copied === 'stale' && own === 'fresh' && ends === 'still';
  return { kind: nothingArrivesThoughTheFlowRuns ? 'CORROBORATES' : 'UNAVAILABLE', veto: false, because: seen };
}

/** What can be seen from more places than the target's own topics. Absent = not known. */
export interface FlowEvidence extends HeartbeatEvidence {
  readonly targetReadable: boolean;
  /** Whether a prober reached the source. */
  readonly sourceReachable?: boolean | undefined;
  /** Newest record of `heartbeats` on the source itself, written there by the reverse flow. */
  readonly sourceHeartbeatMs?: number | undefined;
  readonly workers?: 'present' | 'none' | undefined;
  readonly failedTasks?: boolean | undefined;
}

export type FlowDiagnosis =
  'HEALTHY' | 'SOURCE_DOWN' | 'FLOW_DOWN' | 'SOURCE_TASK_FAILED' | 'REVERSE_HEARTBEAT_DOWN' | 'TARGET_DOWN' | 'UNKNOWN';

/** Names the broken part. A stale copied heartbeat alone never says that the source is down. */
export function diagnoseFlow(evidence: FlowEvidence, rule: FreshnessRule): FlowDiagnosis {
  if (!evidence.targetReadable) return 'TARGET_DOWN';
  const copied = freshness(evidence.copiedHeartbeatMs, rule);
  const own = freshness(evidence.ownHeartbeatMs, rule);
  const atSource = freshness(evidence.sourceHeartbeatMs, rule);
  if (own === 'stale' || (own === 'unknown' && evidence.workers === 'none')) return 'FLOW_DOWN';
  if (evidence.failedTasks === true) return 'SOURCE_TASK_FAILED';
  if (copied === 'fresh') return 'HEALTHY';
  if (copied === 'unknown' || own === 'unknown') return 'UNKNOWN';
  if (evidence.sourceReachable === false) return evidence.remoteEnds === 'moving' ? 'UNKNOWN' : 'SOURCE_DOWN';
  if (atSource === 'stale') return 'REVERSE_HEARTBEAT_DOWN';
  if (atSource === 'fresh') return 'SOURCE_TASK_FAILED';
  return 'UNKNOWN';
}
