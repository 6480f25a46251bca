/** Takes one drain sample of every (group, topic, partition) and turns memory into the histories core/drain judges. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { StoredDrainSample, DrainMemory } from '../../core/contracts/drain.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { DrainSample, PartitionHistory } from '../../core/drain/drain.ts';
import { takenSoFar } from '../../core/drain/taken.ts';
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

/** Whether aborted records are owed: never to those who read committed only, to others as any record is. */
export type Reads = 'committed' | 'all' | 'unknown';

/** Of topics that applications write: as the configuration says of each group. */
export const readsOf =
  ({ set }: PlacedSet) =>
  (group: string): Reads => {
    const isolation = set.groups.find(({ id }) => id === group)?.isolation;
    return isolation === undefined ? 'unknown' : isolation === 'read_committed' ? 'committed' : 'all';
  };

/** Of remote topics: only a flow that copies exactly once writes transactions there, and it sends again what it aborted. */
export const readsOfCopies =
  ({ replication }: PairConfig) =>
  (): Reads =>
    replication.exactlyOnce ? 'committed' : 'all';

interface What {
  readonly groups: readonly string[];
  readonly topics: readonly string[];
  readonly reads: (group: string) => Reads;
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
    const left = await dataLeft(reader, spot, {
      from: commit ?? end.start,
      upTo,
      end,
      reads: what.reads(spot.group),
      // Behind the end of a drain nothing counts: its verdict waits for open transactions by itself.
      openFrom: fence === undefined ? upTo : end.lastStable,
    });
    return { ...spot, sample: textSample(what.nowMs, end, commit, left) };
  });
}

interface Range {
  readonly from: bigint;
  readonly upTo: bigint;
  readonly end: Ends;
  readonly reads: Reads;
  /** From here on nobody knows yet what was aborted: every record counts. */
  readonly openFrom: bigint;
}

type Left = Pick<StoredDrainSample, 'dataRemaining' | 'abortedOnly'>;

/** Data records left; over a long distance the distance itself, unless there is nothing in it that the group is owed. */
async function dataLeft(
  reader: ClusterReader,
  { topic, partition }: Pick<SampledSpot, 'topic' | 'partition'>,
  range: Range,
): Promise<Left> {
  const from = later(range.from, range.end.start);
  const distance = range.upTo - from;
  if (distance <= 0n) return { dataRemaining: '0' };
  const isLong = distance > BigInt(COUNT_LIMIT);
  const limit = isLong ? 1 : COUNT_LIMIT;
  const count = (at: bigint, to: bigint, committedOnly: boolean) =>
    at < to ? reader.countData(topic, partition, at, to, { limit, committedOnly }) : 0;
  const open = later(from, range.openFrom);
  const owed = async () =>
    (await count(from, open < range.upTo ? open : range.upTo, true)) + (await count(open, range.upTo, false));
  const counted = await (range.reads === 'committed' ? owed() : count(from, range.upTo, false));
  const isAborted = range.reads === 'unknown' && counted > 0 && (await owed()) === 0;
  return {
    dataRemaining: String(isLong && counted > 0 ? distance : counted),
    ...(isAborted && { abortedOnly: true }),
  };
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const textSample = (atMs: number, end: Ends, committed: bigint | null, left: Left): StoredDrainSample => ({
  atMs,
  logStart: String(end.start),
  highWatermark: String(end.highWatermark),
  lastStable: String(end.lastStable),
  committed: committed === null ? null : String(committed),
  ...left,
});

/** @param fence what lies behind it is owed to nobody, per spot key */
export function remember(
  memory: DrainMemory,
  spots: readonly SampledSpot[],
  spanMs: number,
  fence: What['fence'] = {},
): DrainMemory {
  const partitions = { ...memory.partitions };
  const taken = { ...memory.taken };
  const most = samplesPerHistory(spots.length);
  for (const { group, topic, partition, sample } of spots) {
    const key = spotKey(group, topic, partition);
    partitions[key] = thin([...(partitions[key] ?? []), sample], spanMs, most);
    const { logStart, committed } = fromText(sample);
    const upTo = fence[key];
    const passed = { logStart, committed, ...(upTo !== undefined && { fence: BigInt(upTo) }) };
    const gone = takenSoFar(taken[key], passed);
    if (gone !== undefined) taken[key] = gone;
  }
  return { ...memory, partitions, ...(Object.keys(taken).length > 0 && { taken }) };
}

const big = (text: string): bigint | 'unknown' => (text === 'unknown' ? 'unknown' : BigInt(text));

const fromText = (s: StoredDrainSample): DrainSample => ({
  atMs: s.atMs,
  logStart: BigInt(s.logStart),
  highWatermark: BigInt(s.highWatermark),
  lastStable: BigInt(s.lastStable),
  committed: s.committed === null ? null : big(s.committed),
  dataRemaining: big(s.dataRemaining),
  abortedOnly: s.abortedOnly,
});

export const historyOf = (memory: DrainMemory, spot: SampledSpot, view: GroupView | undefined): PartitionHistory => ({
  topic: spot.topic,
  partition: spot.partition,
  samples: (memory.partitions[spotKey(spot.group, spot.topic, spot.partition)] ?? []).map(fromText),
  owner: ownerOf(view, spot.topic, spot.partition),
});
