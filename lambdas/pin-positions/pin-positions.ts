/**
 * Fixes where every group of the set starts at the refuge, before anybody is moved: S in each remote topic, and the
 * position in the refuge's own topic where the group has none that may stay. Stores C and S for the way back.
 */
import { names } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { chooseLocalPin } from '../../core/positions/seed.ts';
import { at, partitionsOf } from '../gather/partitions.ts';
import { commitAndVerify, readCheckpoints, seedCandidates } from '../gather/seeding.ts';
import type { SeedCandidate, SeedingSources } from '../gather/seeding.ts';
import { stand } from '../gather/step.ts';
import { namingOf, syncReader } from '../gather/syncs.ts';
import type { NewPosition, Ports } from '../ports.ts';

type Needs = Pick<Ports, 'kafka' | 'control' | 'observations' | 'clock' | 'log'>;
type Result = StepResult<'pin-positions'>;

const answer = (kind: Result['kind'], sentence: string, reasons: readonly string[] = []): Result => ({ kind, sentence, reasons, waitSeconds: 1 });

export const pinPositions = (ports: Needs, config: PairConfig) => async (input: StepInput): Promise<Result> => {
  const footing = await stand(ports.control, config, input);
  if (footing.kind === 'superseded') return answer('superseded', footing.sentence);
  const { placed, claim } = footing;
  // Once clients may have moved, the pins are history: a second run must not touch positions that members own.
  if (claim.published) return answer('pinned', 'positions were pinned before the first routing value went out');

  const flow = { source: placed.home, target: placed.refuge };
  const refuge = ports.kafka.reader(placed.refuge);
  const sources: SeedingSources = {
    refuge,
    syncs: await syncReader(ports.kafka, config, flow)(),
    homeSamples: await ports.control.homeSamples(placed.name),
    seeds: await ports.control.seeds(placed.name),
    checkpoints: await readCheckpoints(ports.kafka, placed, namingOf(config)),
  };
  const views = await refuge.groups(placed.set.groups.map((group) => group.id));
  const lines: string[] = [];
  for (const group of placed.set.groups) {
    const candidates = await seedCandidates(sources, placed, group, views.get(group.id), 'pin');
    const owned = candidates.filter((c) => group.mode !== 'reads-remote' && c.owner !== 'unowned');
    if (owned.length > 0) return answer('held', ownedSentence(group, owned), owned.map((c) => `${c.remote}-${c.partition} is ${c.owner}`));
    const outcome = await pinGroup(ports, config, placed, group, candidates, { epoch: input.epoch, samples: sources.homeSamples });
    if (outcome.kind !== 'pinned') return outcome;
    lines.push(...outcome.reasons);
  }
  return answer('pinned', `${lines.length} positions pinned on ${placed.refuge}`, lines.slice(0, 50));
};

const ownedSentence = (group: GroupConfig, owned: readonly SeedCandidate[]): string =>
  `group ${group.id} already has an owner for ${owned[0]!.remote}-${owned[0]!.partition} at the refuge; stop that consumer, then resume`;

interface Frame {
  readonly epoch: number;
  readonly samples: SeedingSources['homeSamples'];
}

async function pinGroup(ports: Needs, config: PairConfig, placed: PlacedSet, group: GroupConfig, candidates: readonly SeedCandidate[], frame: Frame): Promise<Result> {
  const committer = await ports.kafka.openCommitter(placed.refuge, names.transactionalId(config.pair, placed.name, group.id, placed.refuge));
  try {
    const local = await localPins(ports, placed, group);
    const seeds = candidates.flatMap((c) => (c.choice.kind === 'commit' ? [{ topic: c.remote, partition: c.partition, offset: c.choice.position }] : []));
    await storeRecords(ports, placed, group, candidates, local, frame);
    const outcome = await commitAndVerify(committer, ports.kafka.reader(placed.refuge), ports.clock, group.id, [...seeds, ...local]);
    if (outcome.kind === 'fenced') throw new Error(`the pin of ${group.id} was fenced by another writer of its positions; run again`);
    if (outcome.kind === 'different') return answer('held', `${outcome.sentence}; somebody else commits for this group`, [outcome.sentence]);
    return answer('pinned', 'pinned', [...seeds, ...local].map((p) => `${group.id} ${p.topic}-${p.partition} at ${p.offset}`));
  } finally {
    await committer.close();
  }
}

async function localPins(ports: Needs, placed: PlacedSet, group: GroupConfig): Promise<readonly NewPosition[]> {
  const refuge = ports.kafka.reader(placed.refuge);
  const committed = await refuge.committed(group.id, placed.set.topics);
  const ends = await refuge.ends(placed.set.topics);
  return placed.set.topics.flatMap((topic) =>
    partitionsOf(ends, topic).flatMap((partition) => {
      const end = at(ends, topic, partition)!;
      const pin = chooseLocalPin({
        mode: group.mode,
        committed: at(committed, topic, partition) ?? null,
        logStart: end.start,
        end: end.highWatermark,
        offsetReset: group.offsetReset,
      });
      return pin.kind === 'commit' ? [{ topic, partition, offset: pin.position }] : [];
    }),
  );
}

/** Stored before the commit: a crash in between leaves a record that the second run overwrites, never a pin without one. */
async function storeRecords(ports: Needs, placed: PlacedSet, group: GroupConfig, candidates: readonly SeedCandidate[], local: readonly NewPosition[], frame: Frame): Promise<void> {
  const replicated = await newestReplicated(ports, placed);
  for (const topic of placed.set.topics) {
    const partitions: PositionRecord['partitions'] = {};
    for (const c of candidates.filter((candidate) => candidate.topic === topic)) {
      const copied = replicated?.[topic]?.[String(c.partition)];
      const homeEnd = c.home?.end ?? null;
      const tail = homeEnd === null || copied === undefined ? null : homeEnd - (BigInt(copied) + 1n);
      partitions[String(c.partition)] = {
        homeCommit: c.home?.committed == null ? null : String(c.home.committed),
        seed: c.choice.kind === 'commit' ? String(c.choice.position) : null,
        remoteEnd: String(c.end.highWatermark),
        localPin: textOf(local.find((p) => p.topic === topic && p.partition === c.partition)?.offset),
        drained: null,
        restore: null,
        homeEnd: textOf(homeEnd),
        tail: tail === null ? null : String(tail < 0n ? 0n : tail),
        note: c.choice.because[0].slice(0, 300),
      };
    }
    const clusterId = frame.samples.find((s) => s.group === group.id && s.topic === topic)?.clusterId ?? '';
    await ports.control.putPositions(placed.name, { epoch: frame.epoch, group: group.id, groupMode: group.mode, topic, clusterId, atMs: ports.clock.nowMs(), partitions });
  }
}

const textOf = (offset: bigint | null | undefined): string | null => (offset == null ? null : String(offset));

/** How far the flow had come, as last seen: with home's sampled ends it gives the size of the tail. */
async function newestReplicated(ports: Needs, placed: PlacedSet): Promise<Readonly<Record<string, Readonly<Record<string, string>>>> | undefined> {
  const looks = await ports.observations.flowsSince(placed.home, placed.refuge, ports.clock.nowMs() - 300_000);
  return looks.findLast((o) => o.replicatedOffsets !== undefined)?.replicatedOffsets;
}
