/**
 * Has everything that a set wrote at its lost refuge been copied home? Only a refuge that is back can tell where its logs end,
 * and only the flow from there how far it has come. Until both have said so nothing counts as copied.
 */
import type { FlowObservation } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import type { StoredVerdict } from '../contracts/tables.ts';

export interface RecoveryEvidence {
  /** As it may be believed now. */
  readonly refuge: Pick<StoredVerdict, 'kind' | 'sinceMs' | 'sentence'>;
  /** Looks at the flow from the refuge to home, oldest first. */
  readonly looks: readonly FlowObservation[];
  /** When the last client had left the refuge: what was written there until then is owed. */
  readonly leftAtMs: EpochMs;
  readonly topics: readonly string[];
  /** Ends of the refuge as an earlier look of this step took them, per `<topic>|<partition>`. */
  readonly owed: Owed | undefined;
  /** Places, as `<topic>|<partition>`, where nothing but markers lies between what was copied and the end. */
  readonly markersOnly?: readonly string[];
}

/** Offsets of a partition at the refuge that nobody is known to have copied. */
export interface Gap {
  readonly place: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export type Recovery =
  /** The refuge is not back, or has not been seen since. */
  | { readonly kind: 'away'; readonly because: string }
  /** `owed`: keep it, so that what others go on writing there is not waited for. */
  | { readonly kind: 'behind'; readonly because: string; readonly owed: Owed; readonly gaps: readonly Gap[] }
  | { readonly kind: 'copied'; readonly owed: Owed };

type Owed = Readonly<Record<string, string>>;

const BACK: readonly string[] = ['HEALTHY', 'DEGRADED'];

export function judgeRecovery(evidence: RecoveryEvidence): Recovery {
  const owed = evidence.owed ?? takeEnds(evidence);
  if (owed === undefined) return { kind: 'away', because: whyNoEnds(evidence) };
  const gaps = gapsIn(evidence.looks, owed).filter(({ place }) => evidence.markersOnly?.includes(place) !== true);
  if (gaps.length === 0) return { kind: 'copied', owed };
  const named = gaps.slice(0, 3).map(({ topic, partition, from, to }) => `${topic}-${partition} at ${from} of ${to}`);
  return { kind: 'behind', because: `not copied yet: ${named.join(', ')}`, owed, gaps };
}

/** Of the first look after the refuge was back for good and everybody had left it: replicas are in sync, so all that was acknowledged shows. */
function takeEnds({ refuge, looks, leftAtMs, topics }: RecoveryEvidence): Owed | undefined {
  if (!BACK.includes(refuge.kind)) return undefined;
  const sinceMs = Math.max(refuge.sinceMs, leftAtMs);
  const look = looks.find(
    ({ atMs, sourceEnds }) =>
      atMs >= sinceMs && topics.every((topic) => Object.keys(sourceEnds?.[topic] ?? {}).length > 0),
  );
  if (look === undefined) return undefined;
  return Object.fromEntries(
    topics.flatMap((topic) =>
      Object.entries(look.sourceEnds![topic]!).map(
        ([partition, { highWatermark, start }]) =>
          // What retention has taken, or nobody ever wrote, is copied by nobody.
          [`${topic}|${partition}`, highWatermark === start ? '0' : highWatermark] as const,
      ),
    ),
  );
}

const whyNoEnds = ({ refuge }: RecoveryEvidence): string =>
  BACK.includes(refuge.kind)
    ? 'the refuge is back, and where its logs end was not seen yet'
    : `what the refuge never copied is still there: ${refuge.sentence}`;

/** By the newest look that tells; the flow commits its offsets now and then, so it may have come further. */
function gapsIn(looks: readonly FlowObservation[], owed: Owed): readonly Gap[] {
  const offsets = looks.map(({ replicatedOffsets }) => replicatedOffsets).findLast((told) => told !== undefined);
  return Object.entries(owed).flatMap(([place, end]) => {
    const at = place.lastIndexOf('|');
    const [topic, partition] = [place.slice(0, at), place.slice(at + 1)];
    const copied = offsets?.[topic]?.[partition];
    const from = copied === undefined ? 0n : BigInt(copied) + 1n;
    return from >= BigInt(end) ? [] : [{ place, topic, partition: Number(partition), from, to: BigInt(end) }];
  });
}
