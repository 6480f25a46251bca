/**
 * Committed positions expire: those of a group at rest `offsets.retention.minutes` after its last member has left, whatever was
 * committed since; those that a group at work does not read, and those of a group that never had members, as long after their
 * commit. So positions that nobody works with are committed again, and what has expired is written again.
 */
import type { EpochMs } from '../contracts/primitives.ts';
import type { KeptRecord } from '../contracts/tables.ts';

/** Half a day: with Kafka's default of a week thirteen renewals may fail in a row. */
export const RENEW_EVERY_MS = 12 * 3_600_000;

export const isRenewalDue = (renewedAtMs: EpochMs | undefined, nowMs: EpochMs): boolean =>
  nowMs - (renewedAtMs ?? 0) > RENEW_EVERY_MS;

/** What is kept of one group and topic. */
export type Kept = Pick<KeptRecord, 'restingSinceMs' | 'renewedAtMs' | 'rewrittenAtMs' | 'partitions'>;

export interface KeepingInput {
  readonly nowMs: EpochMs;
  /** Of this stay, since the group was last seen with members; undefined = this is the first look. */
  readonly kept: Kept | undefined;
  /** What is committed now; null = nothing. */
  readonly present: ReadonlyMap<number, bigint | null>;
  /** How long brokers keep positions; null = not known. */
  readonly retentionMs: number | null;
}

export interface Keeping {
  /** To be committed as it is, nothing moves: what stands there, and what has expired. */
  readonly commit: readonly { readonly partition: number; readonly position: bigint }[];
  /** Gone before it can have expired, or nobody can tell: left so. */
  readonly deleted: readonly number[];
  readonly next: Kept;
  /** Whether there is something to store. */
  readonly isNews: boolean;
}

/** Of a group that has no members. */
export function planKeeping({ nowMs, kept, present, retentionMs }: KeepingInput): Keeping {
  const before = kept ?? { restingSinceMs: nowMs, partitions: {} };
  const isDue = isRenewalDue(before.renewedAtMs, nowMs);
  const expired = canHaveExpired(before, retentionMs, nowMs);
  const standing = [...present].flatMap(([partition, position]) =>
    position === null ? [] : [{ partition, position }],
  );
  const gone = Object.entries(before.partitions)
    .filter(([partition, { deletedAtMs }]) => deletedAtMs === undefined && present.get(Number(partition)) == null)
    .map(([partition, { position }]) => ({ partition: Number(partition), position: BigInt(position) }));
  const rewritten = expired ? gone : [];
  const deleted = expired ? [] : gone.map(({ partition }) => partition);
  const commit = [...(isDue ? standing : []), ...rewritten];
  const isOther = standing.some(({ partition, position }) => {
    const known = before.partitions[String(partition)];
    return known?.position !== String(position) || known.deletedAtMs !== undefined;
  });
  return {
    commit,
    isNews: commit.length > 0 || deleted.length > 0 || isOther,
    deleted,
    next: {
      restingSinceMs: before.restingSinceMs,
      ...renewal(before.renewedAtMs, isDue && standing.length > 0 ? nowMs : undefined),
      ...(rewritten.length > 0
        ? { rewrittenAtMs: nowMs }
        : before.rewrittenAtMs !== undefined && { rewrittenAtMs: before.rewrittenAtMs }),
      partitions: {
        ...before.partitions,
        ...Object.fromEntries(
          standing.map(({ partition, position }) => [String(partition), { position: String(position) }]),
        ),
        ...Object.fromEntries(
          deleted.map((partition) => [
            String(partition),
            { position: before.partitions[String(partition)]!.position, deletedAtMs: nowMs },
          ]),
        ),
      },
    },
  };
}

const renewal = (before: EpochMs | undefined, now: EpochMs | undefined): Pick<Kept, 'renewedAtMs'> => {
  const renewedAtMs = now ?? before;
  return renewedAtMs === undefined ? {} : { renewedAtMs };
};

/** Brokers look for expired positions every ten minutes, and the group had come to rest a little before it was seen so. */
const SEEN_LATE_MS = 600_000;

/**
 * A group that has had members counts from when it came to rest, until its positions were written again: then it is one that
 * never had any, and counts from the last commit. So does one whose positions were renewed when they could not have been there
 * any more otherwise. How long brokers keep them is not known: no.
 */
function canHaveExpired(kept: Kept, retentionMs: number | null, nowMs: EpochMs): boolean {
  if (retentionMs === null) return false;
  const { restingSinceMs, rewrittenAtMs, renewedAtMs = 0 } = kept;
  const outlived = renewedAtMs > restingSinceMs + retentionMs + SEEN_LATE_MS;
  const sinceMs = outlived || rewrittenAtMs !== undefined ? Math.max(rewrittenAtMs ?? 0, renewedAtMs) : restingSinceMs;
  return nowMs - sinceMs >= retentionMs - Math.min(SEEN_LATE_MS, retentionMs / 10);
}
