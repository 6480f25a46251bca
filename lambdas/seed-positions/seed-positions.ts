/**
 * Keeps each protected group's position in the remote topics current, so that a moved consumer never starts at
 * `auto.offset.reset`. MirrorMaker 2's own sync skips groups that are active at the refuge, which is the normal case here.
 */
import { names, setsControlledFrom } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { SeedRecord, SetState } from '../../core/contracts/tables.ts';
import { look } from '../gather/partitions.ts';
import { commitAndVerify, readCheckpoints, seedCandidates } from '../gather/seeding.ts';
import type { SeedCandidate, SeedingSources } from '../gather/seeding.ts';
import { namingOf, syncReader } from '../gather/syncs.ts';
import type { SyncMaps } from '../gather/syncs.ts';
import type { Ports } from '../ports.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'clock' | 'log' | 'metrics'>;

/** Committed positions expire after a week; a seed that did not change is written again after half a day. */
const REFRESH_MS = 12 * 3_600_000;

/** Returns one turn; the sync topic is read on from turn to turn. */
export const seedPositions = (ports: Needs, config: PairConfig, here: { readonly region: string }): (() => Promise<void>) => {
  const readers = new Map<string, () => Promise<SyncMaps>>();
  return async () => {
    for (const placed of setsControlledFrom(config, here.region)) {
      const problems: string[] = [];
      const reader = readers.get(placed.name) ?? syncReader(ports.kafka, config, { source: placed.home, target: placed.refuge });
      readers.set(placed.name, reader);
      await look(`seeds of ${placed.name}`, problems, () => seedSet(ports, config, placed, reader));
      if (problems.length > 0) ports.log.warn('seeds were not renewed', { clientSet: placed.name, problems });
    }
  };
};

/** Why seeds are not written now; undefined = they may be. */
export function whyNotSeeding(state: SetState | null, nowMs: number): string | undefined {
  if (state === null) return 'the set has no state yet';
  if (state.phase !== 'home') return `the set is in phase ${state.phase}`;
  if (state.open !== undefined) return `epoch ${state.open.epoch} is open`;
  if (state.pause !== undefined && state.pause.untilMs > nowMs) return `paused by ${state.pause.owner}`;
  if (state.mode === 'off' || state.mode === 'observe') return `mode is ${state.mode}`;
  return undefined;
}

async function seedSet(ports: Needs, config: PairConfig, placed: PlacedSet, readSyncs: () => Promise<SyncMaps>): Promise<void> {
  const why = whyNotSeeding(await ports.control.readSet(placed.name), ports.clock.nowMs());
  if (why !== undefined) {
    ports.log.info('seeds rest', { clientSet: placed.name, why });
    return;
  }
  const sources: SeedingSources = {
    refuge: ports.kafka.reader(placed.refuge),
    syncs: await readSyncs(),
    homeSamples: await ports.control.homeSamples(placed.name),
    seeds: await ports.control.seeds(placed.name),
    checkpoints: await readCheckpoints(ports.kafka, placed, namingOf(config)),
  };
  const views = await sources.refuge.groups(placed.set.groups.map((group) => group.id));
  for (const group of placed.set.groups) {
    if (group.mode === 'reads-remote') continue;
    const candidates = await seedCandidates(sources, placed, group, views.get(group.id), 'seed');
    await seedGroup(ports, config, placed, group, sources, candidates);
  }
}

async function seedGroup(ports: Needs, config: PairConfig, placed: PlacedSet, group: GroupConfig, sources: SeedingSources, candidates: readonly SeedCandidate[]): Promise<void> {
  const nowMs = ports.clock.nowMs();
  const due = candidates.filter((c) => c.owner === 'unowned' && c.choice.kind === 'commit' && isDue(sources.seeds, group.id, c, nowMs));
  const written = due.length === 0 || (await write(ports, config, placed, group, due));
  if (!written) return;
  for (const topic of placed.set.topics) {
    const record = nextRecord(sources.seeds, group.id, topic, candidates.filter((c) => c.topic === topic && c.owner === 'unowned'), nowMs);
    if (record !== undefined) await ports.control.putSeed(placed.name, record);
  }
}

function isDue(seeds: readonly SeedRecord[], group: string, c: SeedCandidate, nowMs: number): boolean {
  if (c.choice.kind !== 'commit') return false;
  const record = seeds.find((s) => s.group === group && s.topic === c.topic);
  return c.committed !== c.choice.position || record === undefined || nowMs - record.atMs > REFRESH_MS;
}

/**
 * The committer is opened first and the set's state read after it: a claim made in between is seen, and a claim made
 * later opens the same transactional id, which makes our commit fail. Either way a late seed never overwrites a pin.
 */
async function write(ports: Needs, config: PairConfig, placed: PlacedSet, group: GroupConfig, due: readonly SeedCandidate[]): Promise<boolean> {
  const id = names.transactionalId(config.pair, placed.name, group.id, placed.refuge);
  const committer = await ports.kafka.openCommitter(placed.refuge, id);
  try {
    const why = whyNotSeeding(await ports.control.readSet(placed.name), ports.clock.nowMs());
    if (why !== undefined) return false;
    const positions = due.flatMap((c) => (c.choice.kind === 'commit' ? [{ topic: c.remote, partition: c.partition, offset: c.choice.position }] : []));
    const outcome = await commitAndVerify(committer, ports.kafka.reader(placed.refuge), ports.clock, group.id, positions);
    if (outcome.kind !== 'committed') ports.log.warn('a seed was not written', { clientSet: placed.name, group: group.id, outcome });
    return outcome.kind === 'committed';
  } finally {
    await committer.close();
  }
}

/** The record remembers the last two home positions, so that a rewind is followed only after it was seen twice. */
function nextRecord(seeds: readonly SeedRecord[], group: string, topic: string, candidates: readonly SeedCandidate[], nowMs: number): SeedRecord | undefined {
  const old = seeds.find((s) => s.group === group && s.topic === topic);
  const partitions: SeedRecord['partitions'] = { ...old?.partitions };
  for (const { partition, choice, home } of candidates) {
    const seen = home?.committed == null ? null : String(home.committed);
    const before = old?.partitions[String(partition)];
    if (choice.kind === 'commit') {
      partitions[String(partition)] = {
        seed: String(choice.position),
        forHomePosition: choice.homePosition === null ? null : String(choice.homePosition),
        homePositionBefore: seen,
      };
    } else if (before !== undefined) partitions[String(partition)] = { ...before, homePositionBefore: seen };
  }
  return Object.keys(partitions).length === 0 ? undefined : { group, topic, atMs: nowMs, partitions };
}
