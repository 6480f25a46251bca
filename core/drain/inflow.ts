/**
 * Whether anything can still be added to the remote topics. Only the flow's own evidence counts: a prober's verdict
 * about the source says nothing about what MirrorMaker 2 may still copy.
 */
import { freshness, type FreshnessRule } from '../replication/heartbeats.ts';

/** What the flow looked like at one moment. 'unknown' = could not be read. */
export interface FlowSample {
  readonly atMs: number;
  /** Sum of the remote topics' high watermarks: it changes whenever one does, since ends never fall. */
  readonly remoteEnds: bigint | 'unknown';
  /** Sum of the acknowledged source offsets (`offset` in mm2-offsets). */
  readonly copiedOffsets: bigint | 'unknown';
}

export interface InflowEvidence {
  /** Newest record of `<source>.heartbeats` on the target. Absent = could not be read. */
  readonly copiedHeartbeatMs?: number | undefined;
  /** Oldest first. */
  readonly samples: readonly FlowSample[];
  readonly lag: 'zero' | 'some' | 'unknown';
  /** 'moved' = every producer of the set writes elsewhere or holds. */
  readonly producers: 'moved' | 'not-all' | 'unknown';
}

export type Inflow =
  | { readonly kind: 'closed'; readonly how: 'SOURCE_SILENT' | 'CAUGHT_UP_AND_MOVED'; readonly because: string }
  | { readonly kind: 'open' | 'unknown'; readonly because: string };

/**
 * Closed = the copied heartbeats are stale and ends and offsets stood still for the freshness limit; or nothing is
 * pending and every producer has moved or holds.
 */
export function judgeInflow(evidence: InflowEvidence, rule: FreshnessRule): Inflow {
  if (evidence.lag === 'zero' && evidence.producers === 'moved') {
    return { kind: 'closed', how: 'CAUGHT_UP_AND_MOVED', because: 'nothing is pending and every producer has moved' };
  }
  const beat = freshness(evidence.copiedHeartbeatMs, rule);
  const stillForMs = measureStillness(evidence.samples, rule);
  const tell = (still: string): string =>
    `heartbeats ${beat}, still for ${still}, lag ${evidence.lag}, producers ${evidence.producers}`;
  if (stillForMs === 'unknown') return { kind: 'unknown', because: tell('an unknown time') };
  if (beat === 'stale' && stillForMs >= rule.freshnessLimitMs) {
    return { kind: 'closed', how: 'SOURCE_SILENT', because: `no heartbeat and nothing copied for ${stillForMs} ms` };
  }
  return { kind: beat === 'unknown' ? 'unknown' : 'open', because: tell(`${stillForMs} ms`) };
}

/** How long the newest state has been seen unchanged; a sample that could not be read or is outdated proves nothing. */
function measureStillness(samples: readonly FlowSample[], rule: FreshnessRule): number | 'unknown' {
  const newest = samples.at(-1);
  if (newest === undefined || newest.remoteEnds === 'unknown' || newest.copiedOffsets === 'unknown') return 'unknown';
  if (rule.nowMs - newest.atMs > rule.freshnessLimitMs) return 'unknown';
  const differs = samples.findLastIndex(
    (sample) => sample.remoteEnds !== newest.remoteEnds || sample.copiedOffsets !== newest.copiedOffsets,
  );
  return newest.atMs - samples[differs + 1]!.atMs;
}
