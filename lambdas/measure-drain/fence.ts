/** Failback: have the groups that must finished the refuge's own topics, up to where the last producer left? */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { DrainMemory } from '../../core/contracts/drain.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import { judgeFence } from '../../core/drain/fence.ts';
import { historyOf, readsOf, remember, sampleSpots, spotKey } from '../gather/drain.ts';
import type { Reads, SampledSpot } from '../gather/drain.ts';
import { membersOf } from '../gather/owners.ts';
import { partitionsOf, at } from '../gather/partitions.ts';
import { newestPositions } from '../gather/stay.ts';
import type { ByPartition, ClusterReader, Ends } from '../ports.ts';
import { progressLine, withTaken, type DrainPorts, type Frame, type Look, type Owned } from './look.ts';

/**
 * A shared group leaves what is unread to the members that stay, so it waits only where order per key is promised. A
 * home-only group has nobody there after it: it always finishes.
 */
export const mustFinish = ({ set }: PlacedSet): readonly string[] =>
  set.groups
    .filter((g) => g.mode === 'home-only' || (g.mode === 'shared' && set.ordering === 'per-key'))
    .map((g) => g.id);

export async function lookAtFence(
  ports: DrainPorts,
  config: PairConfig,
  { placed, claim }: Owned,
  frame: Frame,
): Promise<Look> {
  const groups = mustFinish(placed);
  if (groups.length === 0)
    return {
      memory: frame.memory,
      result: { kind: 'drained', sentence: 'no group has to finish anything at the refuge', reasons: [] },
    };
  const refuge = ports.kafka.reader(placed.refuge);
  const fence = frame.memory.fence ?? (await takeFence(ports, placed, groups));
  const { memory, open } = await lookUpTo(
    refuge,
    config,
    { groups, topics: placed.set.topics, fence, reads: readsOf(placed) },
    frame,
  );
  await keepTaken(ports, placed, claim.epoch, memory.taken ?? {});
  const done = 'the groups that had to have finished the refuge up to the fence';
  return { memory, result: resultOf(placed, open, frame, done) };
}

/** A way home has no positions of its own: those that its set left with are told of. */
async function keepTaken(
  { control, clock }: DrainPorts,
  { name: clientSet }: PlacedSet,
  epoch: number,
  taken: NonNullable<DrainMemory['taken']>,
): Promise<void> {
  if (Object.keys(taken).length === 0) return;
  for (const record of await newestPositions(control, { clientSet, epoch })) {
    const partitions = Object.fromEntries(
      Object.entries(record.partitions).map(([partition, stored]) => {
        const key = spotKey(record.group, record.topic, Number(partition));
        return [partition, withTaken(stored, 'refuge', taken[key])] as const;
      }),
    );
    if (JSON.stringify(partitions) !== JSON.stringify(record.partitions))
      await control.putPositions(clientSet, { ...record, atMs: clock.nowMs(), partitions });
  }
}

interface UpTo {
  readonly groups: readonly string[];
  readonly topics: readonly string[];
  /** Per `<group>|<topic>|<partition>`. */
  readonly fence: Readonly<Record<string, string>>;
  readonly reads: (group: string) => Reads;
}

/** One look at groups on their way to a fence, on whichever cluster: lines about the partitions that are not there yet. */
export async function lookUpTo(
  reader: ClusterReader,
  config: PairConfig,
  { groups, topics, fence, reads }: UpTo,
  frame: Frame,
): Promise<{ readonly memory: DrainMemory; readonly spots: readonly SampledSpot[]; readonly open: readonly string[] }> {
  const views = await reader.groups(groups);
  const spots = await sampleSpots(reader, {
    groups,
    topics,
    reads,
    nowMs: frame.nowMs,
    fence,
  });
  const memory = { ...remember(frame.memory, spots, config.moves.drainStallSeconds * 1000, fence), fence };
  const open = groups.flatMap((group) =>
    openOf(
      config,
      group,
      spots.filter((spot) => spot.group === group),
      memory,
      views.get(group),
    ),
  );
  return { memory, spots, open };
}

/** Lines about the partitions in which a group has not reached the fence. A partition younger than the fence has none. */
function openOf(
  config: PairConfig,
  group: string,
  spots: readonly SampledSpot[],
  memory: DrainMemory,
  view: GroupView | undefined,
): readonly string[] {
  const rules = { stallAfterMs: config.moves.drainStallSeconds * 1000, stableMs: config.moves.stableSeconds * 1000 };
  const histories = spots.map((spot) => ({
    ...historyOf(memory, spot, view),
    fence: BigInt(memory.fence?.[spotKey(group, spot.topic, spot.partition)] ?? '0'),
  }));
  const verdict = judgeFence(histories, { members: membersOf(view) }, rules);
  if (verdict.kind === 'reached') return [];
  return verdict.partitions.flatMap((p) => (p.kind === 'drained' ? [] : [progressLine(group, p, 'before the fence')]));
}

/** Whatever the policy at the deadline: what is left before a fence is never given up without a person. */
export function resultOf({ set }: PlacedSet, open: readonly string[], frame: Frame, done: string): Look['result'] {
  const { afterSeconds } = set.drainDeadline;
  if (open.length === 0) return { kind: 'drained', sentence: done, reasons: [] };
  const first = open.slice(0, 3).join('; ');
  const reasons = open.slice(0, 30);
  return frame.nowMs - frame.startedAtMs >= afterSeconds * 1000
    ? { kind: 'held', sentence: `the fence is not reached after ${afterSeconds} s: ${first}`, reasons }
    : { kind: 'draining', sentence: `up to the fence: ${first}`, reasons };
}

/** Taken once, after every producer has gone home, and kept: what others write behind it is theirs. */
const takeFence = async (
  ports: DrainPorts,
  placed: PlacedSet,
  groups: readonly string[],
): Promise<Record<string, string>> =>
  fenceAt(await ports.kafka.reader(placed.refuge).ends(placed.set.topics), placed.set.topics, groups);

/** The same end for each group. */
export const fenceAt = (
  ends: ByPartition<Ends>,
  topics: readonly string[],
  groups: readonly string[],
): Record<string, string> =>
  Object.fromEntries(
    groups.flatMap((group) =>
      topics.flatMap((topic) =>
        partitionsOf(ends, topic).map(
          (partition) => [spotKey(group, topic, partition), String(at(ends, topic, partition)!.highWatermark)] as const,
        ),
      ),
    ),
  );
