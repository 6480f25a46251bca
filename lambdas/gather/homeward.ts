/**
 * Way home without the refuge: where each group would go on at home, from what is kept there. In its own topic from the larger of
 * the stored u*, C and home's own commit; in the copies of what was written at the refuge from where it was last seen in it
 * there. Never further than known, so what is not known is repeated, not skipped; how much that is at most is told with it.
 */
import { placedSets, seenFromRefuge } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { HomewardRecord, PositionRecord } from '../../core/contracts/tables.ts';
import { againAtHome, knownAtRefuge, seedsOf } from '../../core/positions/alone.ts';
import { chooseRestore } from '../../core/positions/restore.ts';
import type { RestoreChoice } from '../../core/positions/restore.ts';
import { EMPTY_SYNC_MAP } from '../../core/positions/sync-map.ts';
import type { Ports } from '../ports.ts';
import { ownerOf } from './owners.ts';
import type { Ownership } from './owners.ts';
import { at } from './partitions.ts';
import { proveMaps, type ProofMemory } from './proof.ts';
import { questionsOf, readCheckpoints, seedCandidates, type SeedingSources } from './seeding.ts';
import { incarnationOf, number, partitionsAt } from './stored.ts';
import { namingOf, readSyncs, type SyncReader } from './syncs.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'clock'>;

/** A set that lives at its refuge, as its home region knows it. */
export interface Stay {
  readonly placed: PlacedSet;
  /** Of the newest epoch that pinned any, as copied. */
  readonly records: readonly PositionRecord[];
  /** When the set left home: samples from before are of an earlier stay. */
  readonly leftHomeAtMs: number;
}

/** The flow from the refuge, read at home: its syncs and checkpoints lie there, and what the groups had done at its source is kept. */
export async function homewardSources(
  ports: Needs,
  config: PairConfig,
  { placed, records, leftHomeAtMs }: Stay,
  known: { readonly read?: SyncReader; readonly proofs?: ProofMemory } = {},
): Promise<SeedingSources> {
  const seen = seenFromRefuge(config, placed);
  const home = ports.kafka.reader(placed.home);
  const [looks, kept] = await Promise.all([
    ports.control.refugeSamples(placed.name),
    ports.control.homeward(placed.name),
  ]);
  const samples = knownAtRefuge(records, looks, leftHomeAtMs);
  // Also those that were answered before: what was missing then may have come.
  const questions = questionsOf(seen, samples, [], () => true);
  const syncs = known.read === undefined ? readSyncs(ports, config, seen, questions) : known.read(questions);
  return {
    refuge: home,
    homeSamples: samples,
    seeds: seedsOf(kept, leftHomeAtMs),
    syncs: await proveMaps(home, await syncs, questions, known.proofs),
    checkpoints: await readCheckpoints(ports, seen, namingOf(config)),
  };
}

/** A partition of the group's own topic at home. */
export interface Own {
  readonly topic: string;
  readonly partition: number;
  /** Somebody reads it at home: where it stands is the group's own word. */
  readonly isOwned: boolean;
  readonly choice: RestoreChoice;
  /** Records from the position on that the group has processed through their copies, at most. */
  readonly again: bigint;
}

/** A partition of the copies of what was written at the refuge. */
export interface Copy {
  readonly topic: string;
  /** As it is called at home. */
  readonly remote: string;
  readonly partition: number;
  readonly owner: Ownership;
  readonly position: bigint;
  /** The position at the refuge that this answers for; null = none was ever seen. */
  readonly ofRefuge: bigint | null;
  readonly again: bigint;
  readonly because: string;
}

export interface Homeward {
  readonly own: readonly Own[];
  readonly copies: readonly Copy[];
}

interface About {
  readonly stay: Stay;
  readonly group: GroupConfig;
  /** At home. */
  readonly view: GroupView | undefined;
  /** Of home, as it is now. */
  readonly clusterId: string;
  readonly sources: SeedingSources;
}

export const homewardOf = async (ports: Needs, config: PairConfig, about: About): Promise<Homeward> => ({
  own: await chooseOwn(ports, about),
  copies: await chooseCopies(ports, config, about),
});

/** Never recomputed: the syncs of the flow to the refuge lie there. */
async function chooseOwn(ports: Needs, { stay, group, view, clusterId }: About): Promise<readonly Own[]> {
  const mine = stay.records.filter((record) => record.group === group.id);
  const topics = mine.map(({ topic }) => topic);
  const home = ports.kafka.reader(stay.placed.home);
  const atHome = await home.committed(group.id, topics);
  const ends = await home.ends(topics);
  return mine.flatMap((record) =>
    partitionsAt(record, ends).map(([partition, stored]) => {
      const end = at(ends, record.topic, partition);
      const choice = chooseRestore({
        map: EMPTY_SYNC_MAP,
        homeCommitAtFailover: number(stored.homeCommit),
        homeCommitNow: at(atHome, record.topic, partition) ?? null,
        seed: null,
        drained: null,
        storedRestore: number(stored.restore),
        logStart: end?.start ?? 0n,
        end: end?.highWatermark ?? null,
        rebuiltHome: false,
        incarnation: incarnationOf(record.clusterId, clusterId, end?.highWatermark, number(stored.homeEnd)),
      });
      const isOwned = ownerOf(view, record.topic, partition) === 'owned';
      const again =
        isOwned || group.mode === 'reads-remote' ? 0n : againAtHome(choice, end?.highWatermark ?? null, stored);
      return { topic: record.topic, partition, isOwned, choice, again };
    }),
  );
}

async function chooseCopies(
  ports: Needs,
  config: PairConfig,
  { stay: { placed }, group, view, sources }: About,
): Promise<readonly Copy[]> {
  const fled = await fledHere(ports, config, placed, group.id);
  const candidates = (await seedCandidates(sources, seenFromRefuge(config, placed), group, view, 'pin')).filter(
    // Of those who fled here the move has set it, and it is the group's own since.
    ({ topic, committed, owner }) => owner !== 'owned' && (committed === null || !fled.includes(topic)),
  );
  return candidates.flatMap(({ topic, remote, partition, choice, owner: found, committed, end }) => {
    // What is kept of the way home was never written for the group: a commit that equals it may well be of an owner.
    const owner = committed === null ? found : ownerOf(view, remote, partition);
    const place = { topic, remote, partition, owner };
    if (choice.kind === 'commit') {
      const { position, homePosition: ofRefuge } = choice;
      return [{ ...place, position, ofRefuge, again: end.highWatermark - position, because: choice.because[0] }];
    }
    // Reads both at all times: it goes on where it stands, and where it never was it skips nothing.
    return committed === null
      ? [{ ...place, position: end.start, ofRefuge: null, again: 0n, because: 'never read: log start' }]
      : [];
  });
}

/** Topics in which the same group was moved here from the lost refuge by a set that lived there. */
async function fledHere(
  { control }: Needs,
  config: PairConfig,
  { refuge }: PlacedSet,
  group: string,
): Promise<readonly string[]> {
  const others = placedSets(config).filter(
    ({ home, set }) => home === refuge && set.groups.some(({ id, mode }) => id === group && mode !== 'reads-remote'),
  );
  const states = await Promise.all(others.map(({ name }) => control.readSet(name)));
  return others.flatMap(({ set }, i) => {
    const phase = states[i]?.phase;
    return phase === 'draining' || phase === 'refuge' || phase === 'returning' ? set.topics : [];
  });
}

/** As it is kept in the home region while the set lives at the refuge: with the refuge lost, a person reads from it what it costs. */
export function homewardRecords(
  { own, copies }: Homeward,
  { group, sources, placed }: { readonly group: string; readonly sources: SeedingSources; readonly placed: PlacedSet },
  atMs: number,
): readonly HomewardRecord[] {
  return placed.set.topics.map((topic) => {
    const sample = sources.homeSamples.find((one) => one.group === group && one.topic === topic);
    return {
      group,
      topic,
      atMs,
      refugeClusterId: sample?.clusterId ?? '',
      own: Object.fromEntries(
        own
          .filter((one) => one.topic === topic && one.choice.kind !== 'refuse')
          .map(({ partition, choice, again }) => [
            partition,
            { position: String(choice.kind === 'refuse' ? 0n : choice.position), again: String(again) },
          ]),
      ),
      copies: Object.fromEntries(
        copies
          .filter((one) => one.topic === topic)
          .map(({ partition, position, ofRefuge, again }) => [
            partition,
            {
              position: String(position),
              ofRefuge: ofRefuge === null ? null : String(ofRefuge),
              again: String(again),
            },
          ]),
      ),
    };
  });
}
