/** Have the moved groups finished the remote topics? Also keeps d, and u* once they have. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { GroupConfig, PairConfig } from '../../core/config/schema.ts';
import type { DrainMemory } from '../../core/contracts/drain.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import { decideDeadline } from '../../core/drain/deadline.ts';
import type { DeadlineDecision } from '../../core/drain/deadline.ts';
import { judgeDrain } from '../../core/drain/drain.ts';
import type { DrainVerdict } from '../../core/drain/drain.ts';
import { judgeInflow } from '../../core/drain/inflow.ts';
import type { Inflow } from '../../core/drain/inflow.ts';
import { thin } from '../../core/drain/thin.ts';
import { reprocessOf } from '../../core/move/reprocess.ts';
import type { SyncMap } from '../../core/positions/sync-map.ts';
import { processedSince } from '../../core/positions/stay.ts';
import { translateInverse } from '../../core/positions/inverse.ts';
import { flowNames } from '../../core/replication/names.ts';
import { historyOf, readsOfCopies, remember, sampleSpots, spotKey } from '../gather/drain.ts';
import type { SampledSpot } from '../gather/drain.ts';
import { lagOfFlow, producersMoved } from '../gather/inflow.ts';
import type { FlowNow } from '../gather/inflow.ts';
import { membersOf } from '../gather/owners.ts';
import { questionsOf } from '../gather/positions.ts';
import { namingOf, readSyncs } from '../gather/syncs.ts';
import { progressLine, withTaken, type DrainPorts, type Frame, type Look, type Owned } from './look.ts';

export async function lookAtRemote(
  ports: DrainPorts,
  config: PairConfig,
  { placed, claim }: Owned,
  frame: Frame,
): Promise<Look> {
  const refuge = ports.kafka.reader(placed.refuge);
  const groups = placed.set.groups.filter((group) => group.mode !== 'reads-remote');
  const ids = groups.map((group) => group.id);
  const topics = placed.set.topics.map((topic) => remoteTopicOf(placed, topic));
  // The flow before the ends: what it says is already there must lie below the ends that are looked at.
  const seen = await lookAtFlow(ports, config, placed, claim.epoch, frame);
  const views = await refuge.groups(ids);
  const spots = await sampleSpots(refuge, { groups: ids, topics, reads: readsOfCopies(config), nowMs: frame.nowMs });
  const { inflow, memory } = inflowNow(config, seen, spots, frame);

  const verdicts = groups.map((group) => judgeGroup(config, group, spots, memory, views.get(group.id), inflow));
  const { then: policy, afterSeconds } = placed.set.drainDeadline;
  const rule = { policy, startedAtMs: frame.startedAtMs, nowMs: frame.nowMs, afterMs: afterSeconds * 1000 };
  const decisions = verdicts.map((verdict) => decideDeadline(verdict, rule));
  const result = resultOf(groups, verdicts, decisions);
  const isAllCopied = inflow.kind === 'closed' && inflow.how === 'CAUGHT_UP_AND_MOVED';
  const isOver = result.kind !== 'draining';
  await keepProgress(ports, config, placed, claim.epoch, { spots, isOver, taken: memory.taken, isAllCopied });
  if (spots.length > 0 || groups.length === 0) return { memory, result };
  const sentence = `none of the remote topics exists (${topics.join(', ')}); ${result.sentence}`;
  return { memory, result: { ...result, sentence } };
}

const judgeGroup = (
  config: PairConfig,
  group: GroupConfig,
  spots: readonly SampledSpot[],
  memory: DrainMemory,
  view: GroupView | undefined,
  inflow: Inflow,
): DrainVerdict =>
  judgeDrain(
    spots.filter((spot) => spot.group === group.id).map((spot) => historyOf(memory, spot, view)),
    { members: membersOf(view) },
    inflow,
    { stallAfterMs: config.moves.drainStallSeconds * 1000, stableMs: config.moves.stableSeconds * 1000 },
  );

interface FlowSeen extends FlowNow {
  readonly copiedHeartbeatMs: number | null;
  readonly producers: 'moved' | 'not-all' | 'unknown';
  /** First look that saw every producer moved. */
  readonly movedAtMs: number | undefined;
}

async function lookAtFlow(
  ports: DrainPorts,
  config: PairConfig,
  placed: PlacedSet,
  epoch: number,
  { nowMs, memory }: Frame,
): Promise<FlowSeen> {
  const names = flowNames({ source: placed.home, target: placed.refuge }, namingOf(config));
  const copiedHeartbeatMs = await ports.kafka.reader(placed.refuge).newestRecordMs(names.copiedHeartbeats);
  const producers = await producersMoved(ports, config, placed, epoch, nowMs);
  const movedAtMs = producers === 'moved' ? (memory.producersMovedAtMs ?? nowMs) : undefined;
  const flow = await lagOfFlow(ports, config, placed, nowMs, movedAtMs ?? nowMs);
  return { ...flow, copiedHeartbeatMs, producers, movedAtMs };
}

/** The flow's own evidence that nothing can be added to the remote topics any more; never a prober's verdict. */
function inflowNow(
  config: PairConfig,
  seen: FlowSeen,
  spots: readonly SampledSpot[],
  { nowMs, memory: before }: Frame,
): { inflow: Inflow; memory: DrainMemory } {
  const limitMs = config.replication.freshSeconds * 1000;
  const sample = { atMs: nowMs, ends: sumOfEnds(spots), copiedOffsets: seen.copiedOffsets };
  const samples = thin([...before.inflow, sample], limitMs);
  const evidence = {
    ...(seen.copiedHeartbeatMs !== null && { copiedHeartbeatMs: seen.copiedHeartbeatMs }),
    samples: samples.map((s) => ({ atMs: s.atMs, remoteEnds: asBig(s.ends), copiedOffsets: asBig(s.copiedOffsets) })),
    lag: seen.lag,
    producers: seen.producers,
  };
  const memory = remember(before, spots, config.moves.drainStallSeconds * 1000);
  const moved = seen.movedAtMs === undefined ? {} : { producersMovedAtMs: seen.movedAtMs };
  return {
    inflow: judgeInflow(evidence, { nowMs, freshnessLimitMs: limitMs }),
    memory: {
      partitions: memory.partitions,
      ...(memory.taken && { taken: memory.taken }),
      inflow: [...samples],
      ...moved,
    },
  };
}

/** Each partition once, however many groups look at it. */
function sumOfEnds(spots: readonly SampledSpot[]): string {
  const ends = new Map(spots.map((spot) => [`${spot.topic}-${spot.partition}`, BigInt(spot.sample.highWatermark)]));
  return String([...ends.values()].reduce((total, end) => total + end, 0n));
}

const asBig = (text: string): bigint | 'unknown' => (text === 'unknown' ? 'unknown' : BigInt(text));

interface Progressed {
  readonly spots: readonly SampledSpot[];
  readonly isOver: boolean;
  readonly taken: DrainMemory['taken'];
  /** Home lives, and the flow has copied all that its producers wrote there: no tail is left. */
  readonly isAllCopied: boolean;
}

/** d never goes down; u* is stored when the drain is over, however it ends, while the syncs it needs are surely there. */
async function keepProgress(
  ports: DrainPorts,
  config: PairConfig,
  placed: PlacedSet,
  epoch: number,
  { spots, isOver, taken, isAllCopied }: Progressed,
): Promise<void> {
  const records = await ports.control.positions(placed.name, epoch);
  const syncs = isOver ? await readSyncs(ports, config, placed, questionsOf(records)) : undefined;
  for (const record of records) {
    const remote = remoteTopicOf(placed, record.topic);
    const partitions = { ...record.partitions };
    for (const spot of spots.filter((s) => s.group === record.group && s.topic === remote)) {
      const old = partitions[String(spot.partition)];
      if (old === undefined) continue;
      const now = withTaken(
        progressed(old, spot, syncs?.of(record.topic, spot.partition)),
        'remote',
        taken?.[spotKey(spot.group, spot.topic, spot.partition)],
      );
      partitions[String(spot.partition)] = isAllCopied ? { ...now, ...NO_TAIL } : now;
    }
    if (JSON.stringify(partitions) !== JSON.stringify(record.partitions))
      await ports.control.putPositions(placed.name, { ...record, atMs: ports.clock.nowMs(), partitions });
  }
}

const NO_TAIL = { tail: '0', left: { lower: '0', upper: '0', because: 'home lived, and all of it was copied' } };

type Kept = PositionRecord['partitions'][string];

/** A commit beyond the end is of another log and says nothing. */
function progressed(old: Kept, { sample }: SampledSpot, map: SyncMap | undefined): Kept {
  const { committed } = sample;
  if (committed === null || committed === 'unknown' || BigInt(committed) > BigInt(sample.highWatermark)) return old;
  const drained = larger(old.drained, committed);
  if (map === undefined) return { ...old, drained };
  const { position, reprocessAtMost } = translateInverse(map, {
    homeCommit: number(old.homeCommit),
    seed: processedSince(old),
    drained: BigInt(drained),
  });
  const reprocess = reprocessOf(reprocessAtMost, {
    by: 'the offset syncs',
    unless: 'it is not known where the group began in the remote topic',
  });
  return { ...old, drained, restore: larger(old.restore, String(position)), reprocess };
}

const number = (text: string | null): bigint | null => (text === null ? null : BigInt(text));
const larger = (kept: string | null, now: string): string => (kept !== null && BigInt(kept) > BigInt(now) ? kept : now);

function resultOf(
  groups: readonly GroupConfig[],
  verdicts: readonly DrainVerdict[],
  decisions: readonly DeadlineDecision[],
): Look['result'] {
  const reasons = verdicts.flatMap((verdict, i) =>
    verdict.kind === 'drained' ? [] : describe(groups[i]!.id, verdict),
  );
  const late = decisions.flatMap((d, i) => ('because' in d ? [{ group: groups[i]!.id, ...d }] : []));
  const policy = late[0]?.kind;
  if (policy !== undefined)
    return {
      kind: policy === 'hold' ? 'held' : policy,
      sentence: late.map(({ group, because }) => `${group} ${because}`).join('; '),
      reasons: reasons.slice(0, 30),
    };
  if (decisions.every((d) => d.kind === 'proceed'))
    return { kind: 'drained', sentence: 'every moved group has finished the remote topics', reasons: [] };
  return {
    kind: 'draining',
    sentence: `still draining: ${reasons.slice(0, 3).join('; ')}`,
    reasons: reasons.slice(0, 30),
  };
}

const describe = (group: string, verdict: Extract<DrainVerdict, { kind: 'draining' }>): readonly string[] =>
  verdict.partitions.flatMap((p) => (p.kind === 'drained' ? [] : [progressLine(group, p, 'left')]));
