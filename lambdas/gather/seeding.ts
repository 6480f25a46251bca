/** Gathers what a seed or a pin is chosen from, and asks core/positions. Shared by seed-positions and pin-positions. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig } from '../../core/config/schema.ts';
import type { IncompleteHistory } from '../../core/contracts/primitives.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import { logSinceMs } from '../../core/contracts/tables.ts';
import type { HomeSample, SeedRecord } from '../../core/contracts/tables.ts';
import type { SyncMap } from '../../core/positions/sync-map.ts';
import { chooseRemoteSeed } from '../../core/positions/seed.ts';
import type { EarlierSeed, SeedChoice } from '../../core/positions/seed.ts';
import { furthestFor } from '../../core/positions/stay.ts';
import { decodeCheckpoint } from '../../core/replication/records.ts';
import { flowNames } from '../../core/replication/names.ts';
import type { Naming } from '../../core/replication/names.ts';
import type { ByPartition, ClusterReader, Ends, Ports } from '../ports.ts';
import { at, partitionsOf } from './partitions.ts';
import { ownerOf } from './owners.ts';
import type { Ownership } from './owners.ts';
import type { CopiedQuestion } from './proof.ts';
import { stayKey } from './stay.ts';
import type { Stay, Stood } from './stay.ts';
import type { SyncMaps } from './syncs.ts';

/** One remote partition of one group, with everything known about it. */
export interface SeedCandidate {
  readonly topic: string;
  readonly remote: string;
  readonly partition: number;
  readonly owner: Ownership;
  readonly committed: bigint | null;
  readonly end: Ends;
  readonly home: { readonly committed: bigint | null; readonly end: bigint } | undefined;
  readonly choice: SeedChoice;
}

export interface SeedingSources {
  readonly refuge: ClusterReader;
  readonly syncs: SyncMaps;
  readonly homeSamples: readonly HomeSample[];
  readonly seeds: readonly SeedRecord[];
  readonly checkpoints: ReadonlyMap<string, { readonly upstream: bigint; readonly downstream: bigint }>;
  /** Where the group is at the refuge already and goes on there. */
  readonly stay?: Stay;
}

type Purpose = 'seed' | 'pin';

export async function seedCandidates(
  sources: SeedingSources,
  placed: PlacedSet,
  group: GroupConfig,
  view: GroupView | undefined,
  purpose: Purpose,
): Promise<readonly SeedCandidate[]> {
  const { refuge } = sources;
  const remotes = placed.set.topics.map((topic) => remoteTopicOf(placed, topic));
  const committed = await refuge.committed(group.id, remotes);
  const ends = await refuge.ends(remotes);
  return placed.set.topics.flatMap((topic) => {
    const remote = remoteTopicOf(placed, topic);
    return partitionsOf(ends, remote).map((partition) =>
      candidate(sources, group, view, purpose, {
        topic,
        remote,
        partition,
        committed,
        ends,
        incompleteHistory: placed.set.incompleteHistory,
      }),
    );
  });
}

interface Spot {
  readonly topic: string;
  readonly remote: string;
  readonly partition: number;
  readonly committed: ByPartition<bigint | null>;
  readonly ends: ByPartition<Ends>;
  readonly incompleteHistory: IncompleteHistory;
}

function candidate(
  sources: SeedingSources,
  group: GroupConfig,
  view: GroupView | undefined,
  purpose: Purpose,
  spot: Spot,
): SeedCandidate {
  const { topic, remote, partition } = spot;
  const end = at(spot.ends, remote, partition)!;
  const committed = at(spot.committed, remote, partition) ?? null;
  const sample = sources.homeSamples.find((s) => s.group === group.id && s.topic === topic);
  const home = homeOf(sample, partition);
  const found = sources.seeds.find((s) => s.group === group.id && s.topic === topic);
  const record = isOfThisHome(found, sample) ? found : undefined;
  const earlier = record?.partitions[String(partition)];
  const map = sources.syncs.of(topic, partition, home?.committed ?? null);
  const checkpoint = sources.checkpoints.get(`${group.id}|${remote}|${partition}`);
  const stood = sources.stay?.get(stayKey(group.id, topic, partition));
  const before = beforeOf(record, sample, partition);
  const seeds: readonly EarlierSeed[] = [
    ...(earlier?.forHomePosition && isOfTheseLogs(record, sample, map)
      ? [{ position: BigInt(earlier.seed), forHomePosition: BigInt(earlier.forHomePosition) }]
      : []),
    ...(stood && isOfTheseLogs(stood, sample, map) ? [stood.earlier] : []),
  ];
  // A commit at home that expired meanwhile does not undo what was done there.
  const now = home?.committed ?? stood?.earlier.forHomePosition;
  const earlierSeed = furthestFor(now, seeds);
  const choice = chooseRemoteSeed({
    purpose,
    mode: group.mode,
    map,
    homeSamples: [...before, ...(now == null ? [] : [now])],
    ...(checkpoint && { checkpoint }),
    ...(earlierSeed && { earlierSeed }),
    incompleteHistory: spot.incompleteHistory,
    logStart: end.start,
    end: end.highWatermark,
  });
  return {
    topic,
    remote,
    partition,
    owner: ownerAt(view, remote, partition, committed, [found?.partitions[String(partition)]?.seed, stood?.drained]),
    committed,
    end,
    home,
    choice,
  };
}

/**
 * A group of the newer protocol (KIP-848) may not show its owners. An owner would commit: while the position is none, or
 * the one we wrote ourselves, nobody has read there since.
 */
function ownerAt(
  view: GroupView | undefined,
  remote: string,
  partition: number,
  committed: bigint | null,
  ours: readonly (string | null | undefined)[],
): Ownership {
  const untouched = committed === null || ours.includes(String(committed));
  const shown = ownerOf(view, remote, partition);
  return shown === 'unknown' && view?.activity === 'active-unreadable' && untouched ? 'unowned' : shown;
}

/** The home position before the present one, if the sample is not the very one that it was taken from. */
function beforeOf(
  record: SeedRecord | undefined,
  sample: HomeSample | undefined,
  partition: number,
): readonly bigint[] {
  const before = record?.partitions[String(partition)]?.homePositionBefore;
  if (before == null || record === undefined) return [];
  const committed = sample?.partitions[String(partition)]?.committed ?? null;
  return committed !== null && sample!.atMs <= record.atMs ? [] : [BigInt(before)];
}

/** What was kept of a home that is another cluster now says nothing about the positions there. */
export const isOfThisHome = (
  record: Pick<SeedRecord | Stood, 'clusterId'> | undefined,
  sample: Pick<HomeSample, 'clusterId'> | undefined,
): boolean => record?.clusterId === undefined || sample === undefined || record.clusterId === sample.clusterId;

/** An earlier seed speaks of the remote topic and of the home it was made for. */
const isOfTheseLogs = (record: Stood | SeedRecord | undefined, sample: HomeSample | undefined, map: SyncMap): boolean =>
  map.droppedStale === 0 && isOfThisHome(record, sample);

function homeOf(sample: HomeSample | undefined, partition: number): SeedCandidate['home'] {
  const found = sample?.partitions[String(partition)];
  return found && { committed: found.committed === null ? null : BigInt(found.committed), end: BigInt(found.end) };
}

/**
 * Home positions that need a translation by syncs: those that changed since they were last translated, and those whose seed
 * nothing proved. @param isAskedAgain whether it is time to try such a proof again: it reads copies
 */
export const questionsOf = (
  placed: PlacedSet,
  samples: readonly HomeSample[],
  seeds: readonly SeedRecord[],
  isAskedAgain: (record: SeedRecord) => boolean,
): readonly CopiedQuestion[] =>
  samples.flatMap(({ group, topic, partitions }) => {
    const record = seeds.find((seed) => seed.group === group && seed.topic === topic);
    const isAnswered = (partition: string, committed: string): boolean => {
      const seed = record?.partitions[partition];
      return seed?.forHomePosition === committed && !(seed.missingSyncs === 'unproven' && isAskedAgain(record!));
    };
    return Object.entries(partitions).flatMap(([partition, { committed }]) =>
      committed === null || isAnswered(partition, committed)
        ? []
        : [{ topic, remote: remoteTopicOf(placed, topic), partition: Number(partition), home: BigInt(committed) }],
    );
  });

/** Newest checkpoint per group, remote topic and partition, as MirrorMaker 2 wrote it; none of a log that home no longer has. */
export async function readCheckpoints(
  { kafka, control }: Pick<Ports, 'kafka' | 'control'>,
  placed: PlacedSet,
  naming: Naming,
): Promise<SeedingSources['checkpoints']> {
  const { checkpoints } = flowNames({ source: placed.home, target: placed.refuge }, naming);
  const incarnation = await control.incarnation(placed.home);
  const since = new Map(
    placed.set.topics.map((topic) => [remoteTopicOf(placed, topic), logSinceMs(incarnation, topic)]),
  );
  const found = new Map<string, { upstream: bigint; downstream: bigint }>();
  for (const record of await kafka.reader(placed.refuge).readCompacted(checkpoints)) {
    const decoded = decodeCheckpoint(record.key, record.value);
    if (decoded.kind !== 'record') continue;
    const { group, topic, partition, upstream, downstream } = decoded.value;
    if (record.timestampMs < (since.get(topic) ?? 0)) continue;
    found.set(`${group}|${topic}|${partition}`, { upstream, downstream });
  }
  return found;
}
