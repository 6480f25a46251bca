/** Have the moved groups finished the remote topics? Also keeps d, and u* once they have. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { DrainMemory } from '../../core/contracts/drain.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import { decideDeadline } from '../../core/drain/deadline.ts';
import type { DeadlineDecision } from '../../core/drain/deadline.ts';
import { judgeDrain } from '../../core/drain/drain.ts';
import type { DrainVerdict } from '../../core/drain/drain.ts';
import { judgeInflow } from '../../core/drain/inflow.ts';
import type { Inflow } from '../../core/drain/inflow.ts';
import { thin } from '../../core/drain/thin.ts';
import { translateInverse } from '../../core/positions/inverse.ts';
import { flowNames } from '../../core/replication/names.ts';
import { historyOf, remember, sampleSpots } from '../gather/drain.ts';
import type { SampledSpot } from '../gather/drain.ts';
import { lagOfFlow, producersMoved } from '../gather/inflow.ts';
import { membersOf } from '../gather/owners.ts';
import { namingOf, syncReader } from '../gather/syncs.ts';
import type { DrainPorts, Frame, Look, Owned } from './measure-drain.ts';

export async function lookAtRemote(ports: DrainPorts, config: PairConfig, { placed, claim }: Owned, frame: Frame): Promise<Look> {
  const refuge = ports.kafka.reader(placed.refuge);
  const groups = placed.set.groups.filter((group) => group.mode !== 'reads-remote');
  const remotes = placed.set.topics.map((topic) => remoteTopicOf(placed, topic));
  const views = await refuge.groups(groups.map((group) => group.id));
  const spots: SampledSpot[] = [];
  for (const { id } of groups) {
    spots.push(...(await sampleSpots(refuge, { group: id, topics: remotes, committedOnly: config.replication.exactlyOnce, nowMs: frame.nowMs })));
  }
  const spanMs = config.moves.drainStallSeconds * 1000;
  const withSpots = remember(frame.memory, spots, spanMs);
  const { inflow, memory } = await inflowNow(ports, config, placed, claim.epoch, spots, { ...frame, memory: withSpots });

  const verdicts = groups.map((group) => judgeGroup(config, group, spots, memory, views.get(group.id), inflow));
  const decisions = verdicts.map((verdict) =>
    decideDeadline(verdict, { policy: placed.set.drainDeadline.then, startedAtMs: frame.startedAtMs, nowMs: frame.nowMs, afterMs: placed.set.drainDeadline.afterSeconds * 1000 }),
  );
  await keepProgress(ports, config, placed, claim.epoch, spots, verdicts.every((v) => v.kind === 'drained'));
  return { memory, result: resultOf(groups, verdicts, decisions) };
}

const judgeGroup = (config: PairConfig, group: GroupConfig, spots: readonly SampledSpot[], memory: DrainMemory, view: GroupView | undefined, inflow: Inflow): DrainVerdict =>
  judgeDrain(
    spots.filter((spot) => spot.group === group.id).map((spot) => historyOf(memory, spot, view)),
    { members: membersOf(view) },
    inflow,
    { stallAfterMs: config.moves.drainStallSeconds * 1000, stableMs: config.moves.stableSeconds * 1000 },
  );

/** The flow's own evidence that nothing can be added to the remote topics any more; never a prober's verdict. */
async function inflowNow(ports: DrainPorts, config: PairConfig, placed: PlacedSet, epoch: number, spots: readonly SampledSpot[], frame: Frame): Promise<{ inflow: Inflow; memory: DrainMemory }> {
  const refuge = ports.kafka.reader(placed.refuge);
  const names = flowNames({ source: placed.home, target: placed.refuge }, namingOf(config));
  const copiedHeartbeatMs = await refuge.newestRecordMs(names.copiedHeartbeats);
  const flow = await lagOfFlow(ports, config, placed, frame.nowMs);
  const ends = new Map(spots.map((spot) => [`${spot.topic}-${spot.partition}`, BigInt(spot.sample.highWatermark)]));
  const sum = [...ends.values()].reduce((total, end) => total + end, 0n);
  const sample = { atMs: frame.nowMs, ends: String(sum), copiedOffsets: flow.copiedOffsets };
  const samples = thin([...frame.memory.inflow, sample], config.replication.freshSeconds * 1000);
  const inflow = judgeInflow(
    {
      ...(copiedHeartbeatMs !== null && { copiedHeartbeatMs }),
      samples: samples.map((s) => ({ atMs: s.atMs, remoteEnds: asBig(s.ends), copiedOffsets: asBig(s.copiedOffsets) })),
      lag: flow.lag,
      producers: await producersMoved(ports, config, placed, epoch),
    },
    { nowMs: frame.nowMs, freshnessLimitMs: config.replication.freshSeconds * 1000 },
  );
  return { inflow, memory: { ...frame.memory, inflow: [...samples] } };
}

const asBig = (text: string): bigint | 'unknown' => (text === 'unknown' ? 'unknown' : BigInt(text));

/** d never goes down; u* is stored when the drain ends, while the syncs it needs are surely there. */
async function keepProgress(ports: DrainPorts, config: PairConfig, placed: PlacedSet, epoch: number, spots: readonly SampledSpot[], isDrained: boolean): Promise<void> {
  const syncs = isDrained ? await syncReader(ports.kafka, config, { source: placed.home, target: placed.refuge })() : undefined;
  for (const record of await ports.control.positions(placed.name, epoch)) {
    const remote = remoteTopicOf(placed, record.topic);
    let changed = false;
    const partitions = { ...record.partitions };
    for (const spot of spots.filter((s) => s.group === record.group && s.topic === remote)) {
      const old = partitions[String(spot.partition)];
      const committed = spot.sample.committed;
      if (old === undefined || committed === null || committed === 'unknown') continue;
      const drained = old.drained !== null && BigInt(old.drained) > BigInt(committed) ? old.drained : committed;
      const restore = syncs ? restoreFor(syncs.of(record.topic, spot.partition), { ...old, drained }) : old.restore;
      changed ||= drained !== old.drained || restore !== old.restore;
      partitions[String(spot.partition)] = { ...old, drained, restore };
    }
    if (changed) await ports.control.putPositions(placed.name, { ...record, atMs: ports.clock.nowMs(), partitions });
  }
}

function restoreFor(map: Parameters<typeof translateInverse>[0], at: { readonly homeCommit: string | null; readonly seed: string | null; readonly drained: string | null }): string {
  const number = (text: string | null) => (text === null ? null : BigInt(text));
  return String(translateInverse(map, { homeCommit: number(at.homeCommit), seed: number(at.seed), drained: number(at.drained) }).position);
}

function resultOf(groups: readonly GroupConfig[], verdicts: readonly DrainVerdict[], decisions: readonly DeadlineDecision[]): Look['result'] {
  const reasons = verdicts.flatMap((verdict, i) => (verdict.kind === 'drained' ? [] : describe(groups[i]!.id, verdict)));
  const by = (kind: DeadlineDecision['kind']) => decisions.find((d) => d.kind === kind);
  const late = by('hold') ?? by('keep-both') ?? by('cut-over');
  if (late !== undefined && 'because' in late) return { kind: late.kind === 'hold' ? 'held' : late.kind, sentence: late.because, reasons };
  if (decisions.every((d) => d.kind === 'proceed')) return { kind: 'drained', sentence: 'every moved group has finished the remote topics', reasons: [] };
  return { kind: 'draining', sentence: `still draining: ${reasons.slice(0, 3).join('; ')}`, reasons: reasons.slice(0, 30) };
}

const describe = (group: string, verdict: Extract<DrainVerdict, { kind: 'draining' }>): readonly string[] =>
  verdict.partitions.flatMap((p) =>
    p.kind === 'drained' ? [] : [`${group} ${p.topic}-${p.partition}: ${p.remaining} left${p.reasons.length > 0 ? ` (${p.reasons.join(', ')})` : ''}`],
  );
