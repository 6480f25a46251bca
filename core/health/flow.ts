/** Verdict about a replication flow, and what the flow says about its source (witness B). */
import type { FlowObservation } from '../contracts/observations.ts';
import type { EpochMs, NonEmpty } from '../contracts/primitives.ts';
import { isNonEmpty } from '../contracts/primitives.ts';
import { readHeartbeats } from '../replication/heartbeats.ts';
import type { HeartbeatEvidence } from '../replication/heartbeats.ts';
import type { Witness } from './witnesses.ts';
import { seconds } from './words.ts';

export interface FlowRules {
  readonly freshMs: number;
  /** A look older than this is absent. */
  readonly staleMs: number;
  readonly lagLimitRecords: number;
}

export type FlowVerdictKind = 'HEALTHY' | 'REPLICATION_LAGGING' | 'REPLICATION_DOWN' | 'UNKNOWN';

export interface FlowVerdict {
  readonly kind: FlowVerdictKind;
  readonly reasons: NonEmpty<string>;
  readonly sentence: string;
  /** Upper bound of records not yet copied, over all topics whose offsets are known; null = unknown. */
  readonly lagRecords: bigint | null;
  readonly copiedHeartbeatAgeMs: number | null;
  readonly ownHeartbeatAgeMs: number | null;
}

/** Looks at one flow, newest counts; the earlier ones tell whether the remote topics still grow. */
interface FlowEvidence {
  readonly look: FlowObservation;
  readonly heartbeats: HeartbeatEvidence;
  readonly lag: bigint | null;
}

export function judgeFlow(
  name: string,
  looks: readonly FlowObservation[],
  rules: FlowRules,
  nowMs: EpochMs,
): FlowVerdict {
  const evidence = evidenceOf(looks, rules, nowMs);
  if (!evidence) return verdict(name, 'UNKNOWN', ['no fresh look at it'], null);
  for (const row of FLOW_VERDICTS) {
    const reasons = row.reasons(evidence, rules);
    if (isNonEmpty(reasons)) return verdict(name, row.kind, reasons, evidence);
  }
  return verdict(
    name,
    'HEALTHY',
    [`heartbeats are fresh, ${evidence.lag ?? 'an unknown number of'} records not yet copied`],
    evidence,
  );
}

/** Witness B about the source of the flow. Without a fresh look it is unavailable, which is never a vote. */
export function witnessOf(looks: readonly FlowObservation[], rules: FlowRules, nowMs: EpochMs): Witness {
  const evidence = evidenceOf(looks, rules, nowMs);
  if (!evidence) return { kind: 'UNAVAILABLE', because: 'no fresh look at the flow' };
  const { kind, because } = readHeartbeats(evidence.heartbeats, {
    nowMs: evidence.look.atMs,
    freshnessLimitMs: rules.freshMs,
  });
  return { kind, because };
}

export interface FlowVerdictRow {
  readonly kind: FlowVerdictKind;
  readonly needs: string;
  /** What makes it go away, for people. */
  readonly liftedBy: string;
  /** Why the row holds; empty = it does not. */
  readonly reasons: (evidence: FlowEvidence, rules: FlowRules) => readonly string[];
}

/** In order: the first row with a reason is the verdict; none = HEALTHY. */
export const FLOW_VERDICTS: readonly FlowVerdictRow[] = [
  {
    kind: 'UNKNOWN',
    needs: 'no heartbeat of the flow could be read',
    liftedBy: 'probe-replication that runs and may read the heartbeat topics at the target',
    reasons: ({ look }) =>
      look.ownHeartbeatMs === undefined && look.copiedHeartbeatMs === undefined ? ['no heartbeat could be read'] : [],
  },
  {
    kind: 'REPLICATION_DOWN',
    needs: "the flow's worker is silent or failed, or nothing arrives from the source any more",
    liftedBy: 'MirrorMaker 2: its workers, its connectors, its way to the source',
    reasons: (evidence, rules) => [...silence(evidence, rules), ...failedConnectors(evidence.look)],
  },
  {
    kind: 'REPLICATION_LAGGING',
    needs: 'more records wait to be copied than the configured limit',
    liftedBy: 'MirrorMaker 2 catching up, or a larger replication.lagLimitRecords',
    reasons: ({ lag }, { lagLimitRecords }) =>
      (lag ?? 0n) > BigInt(lagLimitRecords) ? [`${lag} records not yet copied, allowed ${lagLimitRecords}`] : [],
  },
];

function silence({ look, heartbeats }: FlowEvidence, rules: FlowRules): readonly string[] {
  /** How long there was none, where that is too long; one that could not be read says nothing. */
  const silentMs = (beatMs: EpochMs = look.atMs): number | undefined => {
    const ageMs = look.atMs - beatMs;
    return ageMs > rules.freshMs ? ageMs : undefined;
  };
  const own = silentMs(look.ownHeartbeatMs);
  const copied = silentMs(look.copiedHeartbeatMs);
  if (own !== undefined) return [`its worker wrote no heartbeat for ${seconds(own)}`];
  if (copied !== undefined && heartbeats.remoteEnds !== 'moving')
    return [`no heartbeat of ${look.source} arrived for ${seconds(copied)}`];
  return [];
}

const failedConnectors = (look: FlowObservation): readonly string[] => [
  ...(look.workerMembers === 0 ? ['its worker group has no member'] : []),
  ...Object.entries(look.connectorStates ?? {})
    .filter(([, state]) => state === 'FAILED')
    .map(([connector]) => `${connector} is FAILED`),
];

function evidenceOf(looks: readonly FlowObservation[], rules: FlowRules, nowMs: EpochMs): FlowEvidence | undefined {
  const sorted = looks.filter((look) => look.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
  const look = sorted.at(-1);
  if (!look || nowMs - look.atMs > rules.staleMs) return undefined;
  const { ownHeartbeatMs, copiedHeartbeatMs } = look;
  const remoteEnds = movement(sorted, look.atMs - rules.freshMs);
  return { look, heartbeats: { ownHeartbeatMs, copiedHeartbeatMs, remoteEnds }, lag: lagOf(look) };
}

/**
 * Whether any remote partition grew since then; undefined = it cannot be told. A source that hangs makes looks rare: where
 * only one is that young, ends that are the same as at the look before it stood still for longer than was asked. If they
 * differ, nobody knows when they moved.
 */
function movement(sorted: readonly FlowObservation[], sinceMs: EpochMs): 'moving' | 'still' | undefined {
  const seen = sorted.flatMap(({ atMs, remoteEnds }) => (remoteEnds ? [{ atMs, text: endsText(remoteEnds) }] : []));
  const young = seen.filter(({ atMs }) => atMs >= sinceMs);
  if (young.length >= 2) return new Set(young.map(({ text }) => text)).size > 1 ? 'moving' : 'still';
  const [before, newest] = seen.slice(-2);
  return young.length === 1 && newest !== undefined && before!.text === newest.text ? 'still' : undefined;
}

const endsText = (ends: NonNullable<FlowObservation['remoteEnds']>): string =>
  JSON.stringify(
    Object.entries(ends)
      .flatMap(([topic, partitions]) =>
        Object.entries(partitions).map(([p, { highWatermark }]) => `${topic}-${p}=${highWatermark}`),
      )
      .sort(),
  );

/** Upper bound: transaction markers at the end count as records. Unknown as soon as one partition is unknown. */
function lagOf({ sourceEnds, replicatedOffsets }: FlowObservation): bigint | null {
  if (!sourceEnds || !replicatedOffsets) return null;
  let lag = 0n;
  for (const [topic, partitions] of Object.entries(sourceEnds)) {
    for (const [partition, ends] of Object.entries(partitions)) {
      const copied = replicatedOffsets[topic]?.[partition];
      const next = copied === undefined ? BigInt(ends.start) : BigInt(copied) + 1n;
      const behind = BigInt(ends.highWatermark) - next;
      // Stryker disable next-line EqualityOperator: adding nothing changes nothing
      if (behind > 0n) lag += behind;
    }
  }
  return lag;
}

function verdict(
  name: string,
  kind: FlowVerdictKind,
  reasons: NonEmpty<string>,
  evidence: FlowEvidence | null,
): FlowVerdict {
  const age = (beatMs: EpochMs | undefined) => (evidence && beatMs !== undefined ? evidence.look.atMs - beatMs : null);
  return {
    kind,
    reasons,
    sentence: `flow ${name} is ${kind}: ${reasons.join('; ')}`,
    lagRecords: evidence?.lag ?? null,
    copiedHeartbeatAgeMs: age(evidence?.look.copiedHeartbeatMs),
    ownHeartbeatAgeMs: age(evidence?.look.ownHeartbeatMs),
  };
}
