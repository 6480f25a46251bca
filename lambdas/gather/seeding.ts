/** Gathers what a seed or a pin is chosen from, and asks core/positions. Shared by seed-positions and pin-positions. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig } from '../../core/config/schema.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { HomeSample, SeedRecord } from '../../core/contracts/tables.ts';
import { chooseRemoteSeed } from '../../core/positions/seed.ts';
import type { SeedChoice } from '../../core/positions/seed.ts';
import { decodeCheckpoint } from '../../core/replication/records.ts';
import { flowNames } from '../../core/replication/names.ts';
import type { Naming } from '../../core/replication/names.ts';
import type { ByPartition, ClusterReader, Ends, FencedCommitter, Kafka, NewPosition, Clock } from '../ports.ts';
import { at, partitionsOf } from './partitions.ts';
import { ownerOf } from './owners.ts';
import type { Ownership } from './owners.ts';
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
}

type Purpose = 'seed' | 'pin';

export async function seedCandidates(sources: SeedingSources, placed: PlacedSet, group: GroupConfig, view: GroupView | undefined, purpose: Purpose): Promise<readonly SeedCandidate[]> {
  const { refuge } = sources;
  const remotes = placed.set.topics.map((topic) => remoteTopicOf(placed, topic));
  const committed = await refuge.committed(group.id, remotes);
  const ends = await refuge.ends(remotes);
  return placed.set.topics.flatMap((topic) => {
    const remote = remoteTopicOf(placed, topic);
    return partitionsOf(ends, remote).map((partition) => candidate(sources, group, view, purpose, { topic, remote, partition, committed, ends }));
  });
}

interface Spot {
  readonly topic: string;
  readonly remote: string;
  readonly partition: number;
  readonly committed: ByPartition<bigint | null>;
  readonly ends: ByPartition<Ends>;
}

function candidate(sources: SeedingSources, group: GroupConfig, view: GroupView | undefined, purpose: Purpose, spot: Spot): SeedCandidate {
  const { topic, remote, partition } = spot;
  const end = at(spot.ends, remote, partition)!;
  const home = homeOf(sources.homeSamples, group.id, topic, partition);
  const earlier = sources.seeds.find((s) => s.group === group.id && s.topic === topic)?.partitions[String(partition)];
  const before = earlier?.homePositionBefore;
  const checkpoint = sources.checkpoints.get(`${group.id}|${remote}|${partition}`);
  const choice = chooseRemoteSeed({
    purpose,
    mode: group.mode,
    map: sources.syncs.of(topic, partition),
    homeSamples: [...(before ? [BigInt(before)] : []), ...(home?.committed == null ? [] : [home.committed])],
    ...(checkpoint && { checkpoint }),
    ...(earlier?.forHomePosition && { earlierSeed: { position: BigInt(earlier.seed), forHomePosition: BigInt(earlier.forHomePosition) } }),
    logStart: end.start,
    end: end.highWatermark,
  });
  return { topic, remote, partition, owner: ownerOf(view, remote, partition), committed: at(spot.committed, remote, partition) ?? null, end, home, choice };
}

function homeOf(samples: readonly HomeSample[], group: string, topic: string, partition: number): SeedCandidate['home'] {
  const found = samples.find((s) => s.group === group && s.topic === topic)?.partitions[String(partition)];
  return found && { committed: found.committed === null ? null : BigInt(found.committed), end: BigInt(found.end) };
}

/** Newest checkpoint per group, remote topic and partition, as MirrorMaker 2 wrote it. */
export async function readCheckpoints(kafka: Kafka, placed: PlacedSet, naming: Naming): Promise<SeedingSources['checkpoints']> {
  const { checkpoints } = flowNames({ source: placed.home, target: placed.refuge }, naming);
  const found = new Map<string, { upstream: bigint; downstream: bigint }>();
  for (const record of await kafka.reader(placed.refuge).readCompacted(checkpoints)) {
    const decoded = decodeCheckpoint(record.key, record.value);
    if (decoded.kind !== 'record') continue;
    const { group, topic, partition, upstream, downstream } = decoded.value;
    found.set(`${group}|${topic}|${partition}`, { upstream, downstream });
  }
  return found;
}

const READ_BACK_MS = 5_000;

/** Commits and reads back until equal: right after a transactional commit the old position is still visible for a moment. */
export async function commitAndVerify(
  committer: FencedCommitter,
  reader: ClusterReader,
  clock: Clock,
  group: string,
  positions: readonly NewPosition[],
): Promise<{ readonly kind: 'committed' } | { readonly kind: 'fenced' } | { readonly kind: 'different'; readonly sentence: string }> {
  if (positions.length === 0) return { kind: 'committed' };
  const outcome = await committer.commit(group, positions);
  if (outcome.kind === 'fenced') return outcome;
  const topics = [...new Set(positions.map((p) => p.topic))];
  const deadlineMs = clock.nowMs() + READ_BACK_MS;
  for (;;) {
    const now = await reader.committed(group, topics);
    const wrong = positions.find((p) => at(now, p.topic, p.partition) !== p.offset);
    if (wrong === undefined) return { kind: 'committed' };
    if (clock.nowMs() >= deadlineMs) {
      const found = at(now, wrong.topic, wrong.partition) ?? 'nothing';
      return { kind: 'different', sentence: `${group} ${wrong.topic}-${wrong.partition}: wrote ${wrong.offset}, reads back ${found}` };
    }
    await clock.pause(50);
  }
}
