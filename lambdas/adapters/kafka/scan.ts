/** Reads one partition's log by plain fetches: no group, nothing left behind. */
import type { Deadline } from './deadline.ts';
import { committedBatches, dataBatches, decodeFetch, type Batch, type FetchedPartition } from './batches.ts';
import { NoSuchPartition } from './errors.ts';
import { failIf, type Link } from './internals.ts';

/** Enough for tens of thousands of small records a round trip, little enough for a small function. */
const FETCH_BYTES = 4 * 1024 * 1024;
const OUT_OF_RANGE = 1;

/** Kafka's isolation levels. */
export const UNCOMMITTED = 0;
export const COMMITTED = 1;

export interface Scan {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  /** First offset wanted; inside the log. */
  readonly from: bigint;
  /** First offset not wanted any more. */
  readonly to: bigint;
  readonly committedOnly: boolean;
  readonly deadline: Deadline;
  /** Runs on the link to the partition's leader; repeated when the leader moves. */
  readonly onLeader: <T>(work: (link: Link) => Promise<T>) => Promise<T>;
}

/** Data batches that touch [from, to), in log order. Stops at the present end (last stable offset if `committedOnly`). */
export async function* scan(wanted: Scan): AsyncGenerator<Batch> {
  for (let next = wanted.from; next < wanted.to;) {
    const fetched = await wanted.onLeader((link) => fetchOnce(link, wanted, next));
    const last = fetched.batches.at(-1);
    if (last === undefined) return;
    const data = wanted.committedOnly
      ? committedBatches(fetched.batches, fetched.aborted)
      : dataBatches(fetched.batches);
    for (const batch of data) if (batch.baseOffset < wanted.to && batch.lastOffset >= wanted.from) yield batch;
    next = last.lastOffset + 1n;
    // Decoding is synchronous; without this a long log would starve its own deadline.
    wanted.deadline.check(`reading ${wanted.topic}-${wanted.partition}`);
  }
}

/** One round: whatever the broker gives from `offset` on, at once. */
export async function fetchOnce(
  link: Link,
  { cluster, topic, partition, committedOnly }: Pick<Scan, 'cluster' | 'topic' | 'partition' | 'committedOnly'>,
  offset: bigint,
): Promise<FetchedPartition> {
  const answer = await link.call(
    'Fetch',
    {
      replicaId: -1,
      isolationLevel: committedOnly ? COMMITTED : UNCOMMITTED,
      maxWaitTime: 0,
      minBytes: 0,
      maxBytes: FETCH_BYTES,
      topics: [{ topic, partitions: [{ partition, fetchOffset: offset.toString(), maxBytes: FETCH_BYTES }] }],
    },
    decodeFetch,
  );
  const fetched = answer.find((one) => one.topic === topic && one.partition === partition);
  if (fetched === undefined) throw new NoSuchPartition(cluster, topic, partition);
  // Retention may take the first records away while we read; what remains is read in the next round by a caller who starts over.
  failIf(
    fetched.errorCode,
    fetched.errorCode === OUT_OF_RANGE ? `offset ${offset} of ${topic}-${partition}` : `fetching ${topic}-${partition}`,
  );
  return fetched;
}
