/** Takes one drain sample of every (group, topic, partition) and turns memory into the histories core/drain judges. */
import type { StoredDrainSample, DrainMemory } from '../../core/contracts/drain.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { DrainSample, PartitionHistory } from '../../core/drain/drain.ts';
import { samplesPerHistory, thin } from '../../core/drain/thin.ts';
import type { ClusterReader, Ends } from '../ports.ts';
import { ownerOf } from './owners.ts';
import { at, mapInBatches, partitionsOf, READS_AT_ONCE } from './partitions.ts';

export const spotKey = (group: string, topic: string, partition: number): string => `${group}|${topic}|${partition}`;

/** Above this distance in offsets it only matters whether there is any data record left. */
const COUNT_LIMIT = 1_000;

export interface SampledSpot {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly sample: StoredDrainSample;
}

interface What {
  readonly groups: readonly string[];
  readonly topics: readonly string[];
  readonly committedOnly: boolean;
  readonly nowMs: number;
  /** Upper limit of what is looked at, per spot key; default: the high watermark. */
  readonly fence?: Readonly<Record<string, string>>;
}

/** One sample of every partition that exists now, for every group. Throws when the cluster does not answer. */
export async function sampleSpots(reader: ClusterReader, what: What): Promise<readonly SampledSpot[]> {
  // Commits before ends: the other way round a consumer that keeps up would seem to stand beyond the end.
  const commits = await mapInBatches(what.groups, READS_AT_ONCE, (group) => reader.committed(group, what.topics));
  const ends = await reader.ends(what.topics);
  const places = what.groups.flatMap((group, i) =>
    what.topics.flatMap((topic) =>
      partitionsOf(ends, topic).map((partition) => ({
        group,
        topic,
        partition,
        end: at(ends, topic, partition)!,
        commit: at(commits[i]!, topic, partition) ?? null,
      })),
    ),
  );
  return mapInBatches(places, READS_AT_ONCE, async ({ end, commit, ...spot }) => {
    const fence = what.fence?.[spotKey(spot.group, spot.topic, spot.partition)];
    const upTo = fence === undefined ? end.highWatermark : BigInt(fence);
    const remaining = await remainingData(reader, spot, {
      from: commit ?? end.start,
      upTo,
      end,
      committedOnly: what.committedOnly,
    });
    return { ...spot, sample: textSample(what.nowMs, end, commit, remaining) };
  });
}

interface Range {
  readonly from: bigint;
  readonly upTo: bigint;
  readonly end: Ends;
  readonly committedOnly: boolean;
}

/** Data records left; over a long distance the distance itself, unless there is nothing but markers and aborted data in it. */
async function remainingData(
  reader: ClusterReader,
  spot: Pick<SampledSpot, 'topic' | 'partition'>,
  range: Range,
): Promise<bigint> {
  const from = range.from < range.end.start ? range.end.start : range.from;
  const distance = range.upTo - from;
  if (distance <= 0n) return 0n;
  const isLong = distance > BigInt(COUNT_LIMIT);
  const options = { limit: isLong ? 1 : COUNT_LIMIT, committedOnly: range.committedOnly };
  const counted = await reader.countData(spot.topic, spot.partition, from, range.upTo, options);
  return isLong && counted > 0 ? distance : BigInt(counted);
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
  const most = samplesPerHistory(spots.length);
  for (const { group, topic, partition, sample } of spots) {
    const key = spotKey(group, topic, partition);
    partitions[key] = thin([...(partitions[key] ?? []), sample], spanMs, most);
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
