/**
 * Keeps each protected group's position in the remote topics current, so that a moved consumer never starts at
 * `auto.offset.reset`. MirrorMaker 2's own sync skips groups that are active at the refuge, which is the normal case here.
 */
import { names, placedSets, seenFromRefuge, setsControlledFrom } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import { logSinceMs } from '../../core/contracts/tables.ts';
import type { SeedRecord, SetState } from '../../core/contracts/tables.ts';
import { isRenewalDue } from '../../core/positions/renewal.ts';
import { seedsAt } from '../../core/positions/stay.ts';
import { clip } from '../../core/health/words.ts';
import { whyPaused } from '../../core/move/pause.ts';
import { whyHomeDoesNotLead, whyHomeDoesNotRest } from '../../core/move/seeding.ts';
import { look } from '../gather/partitions.ts';
import { commitAndVerify } from '../gather/commit.ts';
import { isOfThisHome, questionsOf, readCheckpoints, seedCandidates } from '../gather/seeding.ts';
import type { SeedCandidate, SeedingSources } from '../gather/seeding.ts';
import { proveMaps, type ProofMemory } from '../gather/proof.ts';
import { namingOf, syncReader } from '../gather/syncs.ts';
import type { SyncReader } from '../gather/syncs.ts';
import { lookHomeward } from './homeward.ts';
import type { Ports } from '../ports.ts';
import { widePauses } from '../shared/wide-pauses.ts';
import { keepHomePositions } from './home-positions.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'shared' | 'clock' | 'log' | 'metrics'>;

/**
 * Returns one turn; the sync topic is read on from turn to turn. One set that cannot be seeded does not keep the others
 * from it. @throws at the end of the turn, naming every set that failed
 */
export const seedPositions = (
  ports: Needs,
  config: PairConfig,
  here: { readonly region: string },
): (() => Promise<void>) => {
  const readers = new Map<string, Syncs & { readonly logs: string }>();
  const topics = new Set(placedSets(config).flatMap(({ set }) => set.topics));
  /** A reader keeps what it has read: where home has become another log, or the refuge another cluster, another one begins. */
  const readerOf = async (placed: PlacedSet): Promise<Syncs> => {
    const incarnation = await ports.control.incarnation(placed.home);
    const { clusterId } = await ports.kafka.reader(placed.refuge).identity();
    const logs = JSON.stringify([incarnation, clusterId]);
    const known = readers.get(placed.home);
    if (known?.logs === logs) return known;
    const flow = { source: placed.home, target: placed.refuge };
    const logSince = (topic: string) => logSinceMs(incarnation, topic);
    const read = syncReader(ports, config, { flow, topics, logSince });
    const syncs = { logs, clusterId, read, proofs: new Map() };
    readers.set(placed.home, syncs);
    return syncs;
  };
  return async () => {
    const problems: string[] = [];
    for (const placed of setsControlledFrom(config, here.region)) {
      await look(`seeds of ${placed.name} were not renewed`, problems, async () =>
        seedSet(ports, config, placed, () => readerOf(placed)),
      );
    }
    for (const placed of setsControlledFrom(config, here.region)) await keepWhileAway(ports, config, placed);
    // Home may be down: then there is nothing to look at, and seeds must not suffer.
    const unseen: string[] = [];
    for (const placed of placedSets(config).filter(({ homeRegion }) => homeRegion === here.region))
      await look(`the way home of ${placed.name} without its refuge`, unseen, () =>
        lookHomeward(ports, config, placed, () => readerOf(seenFromRefuge(config, placed))),
      );
    if (unseen.length > 0) ports.log.warn('the way home without the refuge was not looked at', { unseen });
    if (problems.length > 0) throw new Error(problems.join('; '));
  };
};

/** Why seeds are not written now; undefined = they may be. */
export const whyNotSeeding = (state: SetState | null, paused: readonly string[]): string | undefined =>
  whyNotWriting(state, paused, whyHomeDoesNotLead);

function whyNotWriting(
  state: SetState | null,
  paused: readonly string[],
  whyNot: (state: SetState) => string | undefined,
): string | undefined {
  if (state === null) return 'the set has no state yet';
  const why = whyNot(state);
  if (why !== undefined) return why;
  if (paused[0] !== undefined) return paused[0];
  if (state.mode === 'off' || state.mode === 'observe') return `mode is ${state.mode}`;
  return undefined;
}

async function keepWhileAway(ports: Needs, config: PairConfig, placed: PlacedSet): Promise<void> {
  const state = await ports.control.readSet(placed.name);
  if (state?.leftHomeAtMs === undefined || whyHomeDoesNotRest(state) !== undefined) return;
  const whyNot = () => whyResting(ports, placed, whyHomeDoesNotRest);
  if ((await whyNot()) === undefined)
    await keepHomePositions(ports, config, placed, { leftHomeAtMs: state.leftHomeAtMs, whyNot });
}

async function whyResting(
  ports: Pick<Needs, 'control' | 'shared' | 'clock'>,
  placed: PlacedSet,
  whyNot: typeof whyHomeDoesNotLead = whyHomeDoesNotLead,
): Promise<string | undefined> {
  const [state, wide] = await Promise.all([ports.control.readSet(placed.name), widePauses(ports)]);
  const paused = state === null ? [] : whyPaused(state, placed, { ...wide, nowMs: ports.clock.nowMs() });
  return whyNotWriting(state, paused, whyNot);
}

interface Syncs {
  /** Of the cluster that the flow writes to. */
  readonly clusterId: string;
  readonly read: SyncReader;
  readonly proofs: ProofMemory;
}

/** @param syncsOf asked for only where seeds are written: the refuge may be down while they rest */
async function seedSet(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  syncsOf: () => Promise<Syncs>,
): Promise<void> {
  const why = await whyResting(ports, placed);
  if (why !== undefined) {
    ports.log.info('seeds rest', { clientSet: placed.name, why });
    return;
  }
  const syncs = await syncsOf();
  const homeSamples = await ports.control.homeSamples(placed.name);
  const refuge = ports.kafka.reader(placed.refuge);
  const seeds = seedsAt(syncs.clusterId, await ports.control.seeds(placed.name));
  const nowMs = ports.clock.nowMs();
  const questions = questionsOf(placed, homeSamples, seeds, ({ renewedAtMs }) => isRenewalDue(renewedAtMs, nowMs));
  const sources: SeedingSources = {
    refuge,
    homeSamples,
    seeds,
    syncs: await proveMaps(refuge, await syncs.read(questions), questions, syncs.proofs),
    checkpoints: await readCheckpoints(ports, placed, namingOf(config)),
  };
  const views = await sources.refuge.groups(placed.set.groups.map((group) => group.id));
  for (const group of placed.set.groups) {
    if (group.mode === 'reads-remote') continue;
    const candidates = await seedCandidates(sources, placed, group, views.get(group.id), 'seed');
    await seedGroup(ports, config, placed, { group, refugeClusterId: syncs.clusterId }, sources, candidates);
  }
}

async function seedGroup(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  { group, refugeClusterId }: { readonly group: GroupConfig; readonly refugeClusterId: string },
  sources: SeedingSources,
  candidates: readonly SeedCandidate[],
): Promise<void> {
  const nowMs = ports.clock.nowMs();
  const free = candidates.filter((c) => c.owner === 'unowned');
  const renewing = new Set(
    placed.set.topics.filter((topic) => isRenewalDue(recordOf(sources, group, topic)?.renewedAtMs, nowMs)),
  );
  const due = free.filter(
    (c) => c.choice.kind === 'commit' && (renewing.has(c.topic) || c.committed !== c.choice.position),
  );
  const written = due.length === 0 || (await write(ports, config, placed, group, due));
  if (!written) return;
  for (const topic of placed.set.topics) {
    const old = recordOf(sources, group, topic);
    const sample = sources.homeSamples.find((s) => s.group === group.id && s.topic === topic);
    const clusterId = sample?.clusterId ?? old?.clusterId;
    const renewedAtMs = renewing.has(topic) ? nowMs : old?.renewedAtMs;
    const partitions = nextPartitions(
      isOfThisHome(old, sample) ? old : undefined,
      free.filter((c) => c.topic === topic),
    );
    if (Object.keys(partitions).length === 0) continue;
    await ports.control.putSeed(placed.name, {
      group: group.id,
      topic,
      atMs: nowMs,
      ...(renewedAtMs && { renewedAtMs }),
      ...(clusterId && { clusterId }),
      refugeClusterId,
      partitions,
    });
  }
}

const recordOf = (sources: SeedingSources, group: GroupConfig, topic: string): SeedRecord | undefined =>
  sources.seeds.find((s) => s.group === group.id && s.topic === topic);

/**
 * The committer is opened first and the set's state read after it: a claim made in between is seen, and a claim made
 * later opens the same transactional id, which makes our commit fail. Either way a late seed never overwrites a pin.
 */
async function write(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  group: GroupConfig,
  due: readonly SeedCandidate[],
): Promise<boolean> {
  const id = names.transactionalId(config.pair, placed.name, group.id, placed.refuge);
  const committer = await ports.kafka.openCommitter(placed.refuge, id);
  try {
    const why = await whyResting(ports, placed);
    if (why !== undefined) {
      ports.log.info('a seed was not written', { clientSet: placed.name, group: group.id, why });
      return false;
    }
    const positions = due.flatMap((c) =>
      c.choice.kind === 'commit' ? [{ topic: c.remote, partition: c.partition, offset: c.choice.position }] : [],
    );
    const outcome = await commitAndVerify(
      { committer, reader: ports.kafka.reader(placed.refuge), clock: ports.clock },
      group.id,
      positions,
    );
    if (outcome.kind !== 'committed')
      ports.log.warn('a seed was not written', { clientSet: placed.name, group: group.id, outcome });
    return outcome.kind === 'committed';
  } finally {
    await committer.close();
  }
}

const LONGEST_REASON = 400;

type SeededPartition = SeedRecord['partitions'][string];

/** The record remembers the last two home positions, so that a rewind is followed only after it was seen twice. */
function nextPartitions(old: SeedRecord | undefined, candidates: readonly SeedCandidate[]): SeedRecord['partitions'] {
  const partitions: SeedRecord['partitions'] = { ...old?.partitions };
  for (const { partition, choice, home } of candidates) {
    const homePositionBefore = home?.committed == null ? null : String(home.committed);
    const before = old?.partitions[String(partition)];
    const next = choice.kind === 'commit' ? seededBy(choice, before) : before;
    if (next !== undefined) partitions[String(partition)] = { ...next, homePositionBefore };
  }
  return partitions;
}

/** What was translated once is not translated again while home stands still, unless for a proof: its reasons then are those that count. */
function seededBy(
  choice: Extract<SeedCandidate['choice'], { kind: 'commit' }>,
  before: SeededPartition | undefined,
): Omit<SeededPartition, 'homePositionBefore'> {
  const { homePosition, missingSyncs, because } = choice;
  const seed = String(choice.position);
  const forHomePosition = homePosition === null ? null : String(homePosition);
  const isProvenNow = missingSyncs === 'proven' && before?.missingSyncs === 'unproven';
  if (before?.seed === seed && before.forHomePosition === forHomePosition && !isProvenNow) return before;
  return {
    seed,
    forHomePosition,
    because: clip(because.join('; '), LONGEST_REASON),
    ...(missingSyncs && { missingSyncs }),
  };
}
