/** Takes one drain sample of every (group, topic, partition) and turns memory into the histories core/drain judges. */
import type { StoredDrainSample, DrainMemory } from '../../core/contracts/drain.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { DrainSample, PartitionHistory } from '../../core/drain/drain.ts';
import { thin } from '../../core/drain/thin.ts';
import type { ClusterReader, Ends } from '../ports.ts';
import { ownerOf } from './owners.ts';
import { at, partitionsOf } from './partitions.ts';

export const spotKey = (group: string, topic: string, partition: number): string => `${group}|${topic}|${partition}`;

/** Counting stops here: above it the distance in offsets says enough. */
const COUNT_LIMIT = 1_000;

export interface SampledSpot {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly sample: StoredDrainSample;
}

interface What {
  readonly group: string;
  readonly topics: readonly string[];
  readonly committedOnly: boolean;
  readonly nowMs: number;
  /** Upper limit of what is looked at, per spot key; default: the high watermark. */
  readonly fence?: Readonly<Record<string, string>>;
}

export async function sampleSpots(reader: ClusterReader, what: What): Promise<readonly SampledSpot[]> {
  const committed = await reader.committed(what.group, what.topics);
  const ends = await reader.ends(what.topics);
  const spots: SampledSpot[] = [];
  for (const topic of what.topics) {
    for (const partition of partitionsOf(ends, topic)) {
      const end = at(ends, topic, partition)!;
      const commit = at(committed, topic, partition) ?? null;
      const fence = what.fence?.[spotKey(what.group, topic, partition)];
      const upTo = fence === undefined ? end.highWatermark : BigInt(fence);
      const remaining = await remainingData(reader, topic, partition, { from: commit ?? end.start, upTo, end, committedOnly: what.committedOnly });
      spots.push({ group: what.group, topic, partition, sample: textSample(what.nowMs, end, commit, remaining) });
    }
  }
  return spots;
}

interface Range {
  readonly from: bigint;
  readonly upTo: bigint;
  readonly end: Ends;
  readonly committedOnly: boolean;
}

async function remainingData(reader: ClusterReader, topic: string, partition: number, range: Range): Promise<bigint> {
  const from = range.from < range.end.start ? range.end.start : range.from;
  const distance = range.upTo - from;
  if (distance <= 0n) return 0n;
  if (distance > BigInt(COUNT_LIMIT)) return distance;
  return BigInt(await reader.countData(topic, partition, from, range.upTo, { limit: COUNT_LIMIT, committedOnly: range.committedOnly }));
}

const textSample = (atMs: number, end: Ends, committed: bigint | null, remaining: bigint): StoredDrainSample => ({
  atMs,
  logStart: String(end.start),
  highWatermark: String(end.highWatermark),
  lastStable: String(end.lastStable),
  committed: committed === null ? null : String(committed),
  dataRemaining: String(remaining),
});

export function remember(memory: DrainMemory, spots: readonly SampledSpot[], spanMs: number): DrainMemory {
  const partitions = { ...memory.partitions };
  for (const { group, topic, partition, sample } of spots) {
    const key = spotKey(group, topic, partition);
    partitions[key] = thin([...(partitions[key] ?? []), sample], spanMs);
  }
  return { ...memory, partitions };
}

const big = (text: string): bigint | 'unknown' => (text === 'unknown' ? 'unknown' : BigInt(text));

const fromText = (s: StoredDrainSample): DrainSample => ({
  atMs: s.atMs,
  logStart: BigInt(s.logStart),
  highWatermark: BigInt(s.highWatermark),
  lastStable: BigInt(s.lastStable),
  committed: s.committed === null ? null : big(s.committed),
  dataRemaining: big(s.dataRemaining),
});

export const historyOf = (memory: DrainMemory, spot: SampledSpot, view: GroupView | undefined): PartitionHistory => ({
  topic: spot.topic,
  partition: spot.partition,
  samples: (memory.partitions[spotKey(spot.group, spot.topic, spot.partition)] ?? []).map(fromText),
  owner: ownerOf(view, spot.topic, spot.partition),
});
