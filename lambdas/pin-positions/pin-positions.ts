/**
 * Fixes where every group of the set starts at the refuge, before anybody is moved: S in each remote topic, and the
 * position in the refuge's own topic where the group has none that may stay. Stores C and S for the way back.
 */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { HomeSample, PositionRecord } from '../../core/contracts/tables.ts';
import type { StepInput } from '../../core/contracts/workflow.ts';
import { clip } from '../../core/health/words.ts';
import { tailLeft } from '../../core/move/tail-left.ts';
import { seedsAt } from '../../core/positions/stay.ts';
import { questionsOf, readCheckpoints, seedCandidates } from '../gather/seeding.ts';
import type { Position } from '../gather/commit.ts';
import type { SeedCandidate, SeedingSources } from '../gather/seeding.ts';
import { proveMaps } from '../gather/proof.ts';
import { readLocalStay, readStay, stayKey } from '../gather/stay.ts';
import type { LocalStay, Stay, Stood } from '../gather/stay.ts';
import { namingOf, readSyncs } from '../gather/syncs.ts';
import { answer, noteStage } from '../shared/stage-record.ts';
import { commitPins, mayPin, storedPin, textOf, type Needs, type Result } from './local.ts';
import { pinForSwitchover } from './switchover.ts';

export const pinPositions =
  (ports: Needs, config: PairConfig) =>
  async (input: StepInput): Promise<Result> => {
    const footing = await mayPin(ports, config, input);
    if (footing.kind !== 'owned') return footing.result;
    const { placed, from } = footing;
    // Home was lost, or the move was cut short, while producers wrote at the refuge already.
    const localStay = from === 'leaving' ? await readLocalStay(ports.control, placed.name, input.epoch) : undefined;
    if (input.move === 'switchover')
      return noted(ports, input, await pinForSwitchover(ports, config, placed, input, localStay));
    const refuge = ports.kafka.reader(placed.refuge);
    const homeSamples = await ports.control.homeSamples(placed.name);
    const { clusterId } = await refuge.identity();
    const seeds = seedsAt(clusterId, await ports.control.seeds(placed.name));
    const questions = questionsOf(placed, homeSamples, seeds, () => true);
    // Home was lost again on the way back: the groups are at the refuge already.
    const stay = from === 'returning' ? await stayOf(ports, placed, input) : undefined;
    const sources: SeedingSources = {
      refuge,
      homeSamples,
      seeds,
      syncs: await proveMaps(refuge, await readSyncs(ports, config, placed, questions), questions),
      checkpoints: await readCheckpoints(ports, placed, namingOf(config)),
      ...(stay && { stay }),
    };
    const views = await refuge.groups(placed.set.groups.map((group) => group.id));
    return noted(ports, input, await pinGroups(ports, config, placed, input, sources, { views, localStay }));
  };

const stayOf = async (ports: Needs, placed: PlacedSet, { epoch }: StepInput): Promise<Stay> => {
  const own = await ports.control.positions(placed.name, epoch);
  return readStay({ control: ports.control, refuge: ports.kafka.reader(placed.refuge) }, placed, { epoch, own });
};

async function noted(ports: Needs, input: StepInput, result: Result): Promise<Result> {
  if (result.kind !== 'superseded') await noteStage(ports, input, { kind: result.kind, sentence: result.sentence });
  return result;
}

interface AtRefuge {
  readonly views: ReadonlyMap<string, GroupView>;
  readonly localStay: LocalStay | undefined;
}

async function pinGroups(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  input: StepInput,
  sources: SeedingSources,
  { views, localStay = sources.stay }: AtRefuge,
): Promise<Result> {
  const lines: string[] = [];
  for (const group of placed.set.groups) {
    const candidates = await seedCandidates(sources, placed, group, views.get(group.id), 'pin');
    const owned = candidates.filter((c) => group.mode !== 'reads-remote' && c.owner !== 'unowned');
    if (owned.length > 0)
      return answer(
        'held',
        ownedSentence(group, owned),
        owned.slice(0, 30).map((c) => `${c.remote}-${c.partition} is ${c.owner}`),
      );
    const frame = { input, samples: sources.homeSamples, stay: sources.stay, localStay };
    const seeds = candidates.flatMap((c) =>
      c.choice.kind === 'commit' ? [{ topic: c.remote, partition: c.partition, offset: c.choice.position }] : [],
    );
    const store = (local: readonly Position[]) => storeRecords(ports, placed, group, candidates, local, frame);
    const outcome = await commitPins(ports, config, placed, input, { group, seeds, store, stay: localStay });
    if (outcome.kind !== 'pinned') return outcome;
    lines.push(...outcome.reasons);
  }
  return answer('pinned', `${lines.length} positions pinned on ${placed.refuge}`, lines.slice(0, 50));
}

const ownedSentence = ({ id }: GroupConfig, [first]: readonly SeedCandidate[]): string => {
  const place = `${first!.remote}-${first!.partition}`;
  return first!.owner === 'owned'
    ? `group ${id} already has an owner for ${place} at the refuge; stop that consumer, then resume`
    : `nobody can tell whether group ${id} reads ${place} at the refuge, where it stands at ${first!.committed ?? 'nothing'}; stop its consumers there for a moment, then resume`;
};

interface Frame {
  readonly input: StepInput;
  readonly samples: SeedingSources['homeSamples'];
  readonly stay: Stay | undefined;
  readonly localStay: LocalStay | undefined;
}

/** Stored before the commit: a crash in between leaves a record that the second run overwrites, never a pin without one. */
async function storeRecords(
  ports: Needs,
  placed: PlacedSet,
  group: GroupConfig,
  candidates: readonly SeedCandidate[],
  local: readonly Position[],
  { input, samples, stay, localStay }: Frame,
): Promise<void> {
  const replicated = await newestReplicated(ports, placed);
  const earlier = (await ports.control.positions(placed.name, input.epoch)).filter(
    (record) => record.group === group.id,
  );
  const knownId = (await ports.control.incarnation(placed.home))?.clusterId ?? '';
  for (const topic of placed.set.topics) {
    const before = earlier.find((record) => record.topic === topic);
    const partitions: PositionRecord['partitions'] = {};
    for (const c of candidates.filter((candidate) => candidate.topic === topic)) {
      const key = String(c.partition);
      const pin = storedPin({ group: group.id, topic, partition: c.partition }, { local, before, stay: localStay });
      const sample = samples.find((one) => one.group === group.id && one.topic === topic);
      const fresh = recordFor(c, pin, { copied: replicated?.[topic]?.[key], sample, nowMs: ports.clock.nowMs() });
      const stood = stay?.get(stayKey(group.id, topic, key));
      partitions[key] = stood === undefined ? fresh : goingOn(fresh, stood);
    }
    const clusterId = samples.find((s) => s.group === group.id && s.topic === topic)?.clusterId ?? knownId;
    await ports.control.putPositions(placed.name, {
      epoch: input.epoch,
      group: group.id,
      groupMode: group.mode,
      topic,
      clusterId,
      atMs: ports.clock.nowMs(),
      partitions,
    });
  }
}

interface TailBasis {
  /** Offset of the last record that the flow says it has copied. */
  readonly copied: string | undefined;
  readonly sample: HomeSample | undefined;
  readonly nowMs: number;
}

/** C is the position that S answers for, so that both fit when they are turned round. */
function recordFor(c: SeedCandidate, localPin: string | null, basis: TailBasis): PositionRecord['partitions'][string] {
  const left = tailLeft({ homeEnd: c.home?.end, ...basis });
  return {
    homeCommit: textOf(c.choice.kind === 'commit' ? c.choice.homePosition : c.home?.committed),
    seed: c.choice.kind === 'commit' ? String(c.choice.position) : null,
    remoteEnd: String(c.end.highWatermark),
    localPin,
    drained: null,
    restore: null,
    homeEnd: textOf(c.home?.end),
    tail: left.lower,
    left,
    note: clip(c.choice.because.join('; '), LONGEST_NOTE),
  };
}

/** All that was weighed fits; a record holds one for each partition, and an item ends at 400 KB. */
const LONGEST_NOTE = 600;

/** What was processed and translated in this stay holds on; d begins where the group goes on. */
const goingOn = (
  fresh: PositionRecord['partitions'][string],
  { processed, restore }: Stood,
): PositionRecord['partitions'][string] => ({
  ...fresh,
  processed,
  drained: processed.to === fresh.seed ? processed.to : null,
  restore,
});

/** How far the flow had come, as last seen: with home's sampled ends it gives the size of the tail. */
async function newestReplicated(
  ports: Needs,
  placed: PlacedSet,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>> | undefined> {
  const looks = await ports.observations.flowsSince(placed.home, placed.refuge, ports.clock.nowMs() - 300_000);
  return looks.findLast((o) => o.replicatedOffsets !== undefined)?.replicatedOffsets;
}
