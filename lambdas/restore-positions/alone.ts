/**
 * Way home without the refuge: nothing can be read there, so each group goes on from what was kept. In its topic at home from
 * the larger of the stored u*, C and home's own commit; in the remote topic with what was written at the refuge from where it
 * was last seen in it there. Never further than known, so what is not known is repeated, not skipped.
 */
import { names, placedSets, seenFromRefuge } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { HomeSample, PositionRecord } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { knownAtRefuge } from '../../core/positions/alone.ts';
import { chooseRestore } from '../../core/positions/restore.ts';
import type { RestoreChoice } from '../../core/positions/restore.ts';
import { EMPTY_SYNC_MAP } from '../../core/positions/sync-map.ts';
import { commitAndVerify, type Position } from '../gather/commit.ts';
import { membersOf, ownerOf } from '../gather/owners.ts';
import { at } from '../gather/partitions.ts';
import { proveMaps } from '../gather/proof.ts';
import { questionsOf, readCheckpoints, seedCandidates, type SeedingSources } from '../gather/seeding.ts';
import { namingOf, readSyncs } from '../gather/syncs.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import { answer } from '../shared/stage-record.ts';
import { incarnationOf, number, partitionsAt, type Needs } from './stored.ts';

type Result = StepResult<'restore-positions'>;

export interface Alone {
  readonly placed: PlacedSet;
  readonly input: StepInput;
  /** Of the newest epoch that pinned any, as copied. */
  readonly records: readonly PositionRecord[];
  /** When the set left home: samples from before are of an earlier stay. */
  readonly leftHomeAtMs: number;
  /** Asked again right before each commit. */
  readonly mayGoOn: () => Promise<Result | undefined>;
}

export async function restoreAlone(ports: Needs, config: PairConfig, alone: Alone): Promise<Result> {
  const { placed, records } = alone;
  const groups = placed.set.groups.filter(({ id }) => records.some((record) => record.group === id));
  const home = ports.kafka.reader(placed.home);
  const views = await home.groups(groups.map(({ id }) => id));
  // A shared id may be at work there for the clients of the refuge, who have fled too; another one is of nobody but this set.
  const busy = groups.filter(({ id, mode }) => mode === 'home-only' && membersOf(views.get(id)) !== 'none');
  if (busy.length > 0) {
    const ids = busy.map(({ id }) => id);
    return answer('held', `group ${ids.join(', ')} has members at home already; stop them, then resume`, ids);
  }
  const { clusterId } = await home.identity();
  const sources = await sourcesOf(ports, config, alone);
  const lines: string[] = [];
  for (const group of groups) {
    const work: Work = { ...alone, group, view: views.get(group.id), clusterId, sources };
    const restored = await restoreGroup(ports, config, work);
    if (restored.kind !== 'restored-alone') return restored;
    lines.push(...restored.reasons);
  }
  return answer(
    'restored-alone',
    `${lines.length} positions set on ${placed.home} without ${placed.refuge}`,
    lines.slice(0, 50),
  );
}

interface Work extends Alone {
  readonly group: GroupConfig;
  readonly view: GroupView | undefined;
  readonly clusterId: string;
  readonly sources: SeedingSources;
}

/** The flow from the refuge, read at home: its syncs and checkpoints lie there, and what the groups had done at its source is kept. */
async function sourcesOf(
  ports: Needs,
  config: PairConfig,
  { placed, records, leftHomeAtMs }: Alone,
): Promise<SeedingSources> {
  const seen = seenFromRefuge(config, placed);
  const home = ports.kafka.reader(placed.home);
  const samples: readonly HomeSample[] = knownAtRefuge(
    records,
    await ports.control.refugeSamples(placed.name),
    leftHomeAtMs,
  );
  const questions = questionsOf(seen, samples, []);
  return {
    refuge: home,
    homeSamples: samples,
    seeds: [],
    syncs: await proveMaps(home, await readSyncs(ports, config, seen, questions), questions),
    checkpoints: await readCheckpoints(ports, seen, namingOf(config)),
  };
}

async function restoreGroup(ports: Needs, config: PairConfig, work: Work): Promise<Result> {
  const { placed, group, input } = work;
  const own = await chooseOwn(ports, work);
  const refused = own.filter(({ choice }) => choice.kind === 'refuse');
  if (refused.length > 0) {
    const told = refused.map(
      ({ topic, partition, choice }) => `${group.id} ${topic}-${partition}: ${choice.because[0]}`,
    );
    return answer('held', `${told[0]!}; home is not the log that was left`, told);
  }
  const remote = await chooseRemote(ports, config, work);
  if (remote.unknown.length > 0)
    return answer(
      'held',
      `nobody can tell whether group ${group.id} reads ${remote.unknown.join(', ')} at home; stop its consumers there for a moment, then resume`,
      remote.unknown,
    );
  const committer = await ports.kafka.openCommitter(
    placed.home,
    names.transactionalId(config.pair, placed.name, group.id, placed.home),
  );
  try {
    const over = await work.mayGoOn();
    if (over !== undefined) return over;
    const positions: readonly Position[] = [
      ...own.flatMap(({ topic, partition, choice, isOwned }) =>
        choice.kind === 'commit' && !isOwned ? [{ topic, partition, offset: choice.position }] : [],
      ),
      ...remote.positions,
    ];
    const reader = ports.kafka.reader(placed.home);
    const outcome = await commitAndVerify({ committer, reader, clock: ports.clock }, group.id, positions);
    if (outcome.kind === 'fenced')
      throw new Error(`the restore of ${group.id} was fenced by another writer of its positions; run again`);
    if (outcome.kind === 'different')
      return answer('held', `${outcome.sentence}; somebody else commits for this group at home`, [outcome.sentence]);
  } finally {
    await committer.close();
  }
  for (const record of work.records.filter((one) => one.group === group.id))
    await ports.control.putPositions(placed.name, ofThisEpoch(record, own, { ...input, atMs: ports.clock.nowMs() }));
  const lines = own.flatMap(({ topic, partition, choice, isOwned }) =>
    choice.kind === 'refuse'
      ? []
      : [
          `${group.id} ${topic}-${partition} at ${choice.position}: ${isOwned ? 'left to its owner' : choice.because[0]}`,
        ],
  );
  return answer('restored-alone', 'restored', [...lines, ...remote.lines]);
}

interface Own {
  readonly topic: string;
  readonly partition: number;
  /** Somebody reads it at home: where it stands is the group's own word. */
  readonly isOwned: boolean;
  readonly choice: RestoreChoice;
}

/** Never recomputed: the syncs of the flow to the refuge lie there. */
async function chooseOwn(ports: Needs, { placed, records, group, view, clusterId }: Work): Promise<readonly Own[]> {
  const mine = records.filter((record) => record.group === group.id);
  const topics = mine.map(({ topic }) => topic);
  const home = ports.kafka.reader(placed.home);
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
      return { topic: record.topic, partition, isOwned, choice };
    }),
  );
}

interface Remote {
  readonly positions: readonly Position[];
  readonly lines: readonly string[];
  readonly unknown: readonly string[];
}

async function chooseRemote(ports: Needs, config: PairConfig, work: Work): Promise<Remote> {
  const { placed, group, view, sources } = work;
  const seen = seenFromRefuge(config, placed);
  const fled = await fledHere(ports, config, placed, group.id);
  const candidates = (await seedCandidates(sources, seen, group, view, 'pin')).filter(
    // Of those who fled here the move has set it, and it is the group's own since.
    ({ topic, committed, owner }) => owner !== 'owned' && (committed === null || !fled.includes(topic)),
  );
  const found = candidates.flatMap(({ remote: topic, partition, choice, owner, committed, end }) => {
    if (choice.kind === 'commit')
      return [{ topic, partition, owner, offset: choice.position, because: choice.because[0] }];
    // Reads both at all times: it goes on where it stands, and where it never was it skips nothing.
    return committed === null ? [{ topic, partition, owner, offset: end.start, because: 'never read: log start' }] : [];
  });
  return {
    positions: found.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    lines: found.map(
      ({ topic, partition, offset, because }) => `${group.id} ${topic}-${partition} at ${offset}: ${because}`,
    ),
    unknown: found.filter(({ owner }) => owner !== 'unowned').map(({ topic, partition }) => `${topic}-${partition}`),
  };
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

function ofThisEpoch(
  record: PositionRecord,
  own: readonly Own[],
  { epoch, atMs }: { readonly epoch: number; readonly atMs: number },
): PositionRecord {
  const partitions = { ...record.partitions };
  for (const { topic, partition, choice } of own) {
    const stored = partitions[String(partition)];
    if (topic !== record.topic || stored === undefined || choice.kind === 'refuse') continue;
    partitions[String(partition)] = { ...stored, restore: String(choice.position) };
  }
  return { ...record, epoch, atMs, partitions };
}
