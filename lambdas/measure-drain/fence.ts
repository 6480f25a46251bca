/** Failback: have the groups that must finished the refuge's own topics, up to where the last producer left? */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { DrainMemory } from '../../core/contracts/drain.ts';
import type { GroupView } from '../../core/contracts/observations.ts';
import { judgeFence } from '../../core/drain/fence.ts';
import { historyOf, remember, sampleSpots, spotKey } from '../gather/drain.ts';
import type { SampledSpot } from '../gather/drain.ts';
import { membersOf } from '../gather/owners.ts';
import { partitionsOf, at } from '../gather/partitions.ts';
import type { DrainPorts, Frame, Look, Owned } from './look.ts';

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
  { placed }: Owned,
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
  const views = await refuge.groups(groups);
  const spots = await sampleSpots(refuge, {
    groups,
    topics: placed.set.topics,
    committedOnly: config.replication.exactlyOnce,
    nowMs: frame.nowMs,
    fence,
  });
  const memory = { ...remember(frame.memory, spots, config.moves.drainStallSeconds * 1000), fence };
  const open = groups.flatMap((group) =>
    openOf(
      config,
      group,
      spots.filter((spot) => spot.group === group),
      memory,
      views.get(group),
    ),
  );
  return { memory, result: resultOf(placed, open, frame) };
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
  return verdict.partitions.flatMap((p) =>
    p.kind === 'drained'
      ? []
      : [
          `${group} ${p.topic}-${p.partition}: ${p.remaining} before the fence${p.reasons.length > 0 ? ` (${p.reasons.join(', ')})` : ''}`,
        ],
  );
}

function resultOf({ set }: PlacedSet, open: readonly string[], frame: Frame): Look['result'] {
  const { afterSeconds } = set.drainDeadline;
  if (open.length === 0)
    return {
      kind: 'drained',
      sentence: 'the groups that had to have finished the refuge up to the fence',
      reasons: [],
    };
  const first = open.slice(0, 3).join('; ');
  const reasons = open.slice(0, 30);
  return frame.nowMs - frame.startedAtMs >= afterSeconds * 1000
    ? { kind: 'held', sentence: `the fence is not reached after ${afterSeconds} s: ${first}`, reasons }
    : { kind: 'draining', sentence: `up to the fence: ${first}`, reasons };
}

/** Taken once, after every producer has gone home, and kept: what others write behind it is theirs. */
async function takeFence(
  ports: DrainPorts,
  placed: PlacedSet,
  groups: readonly string[],
): Promise<Record<string, string>> {
  const ends = await ports.kafka.reader(placed.refuge).ends(placed.set.topics);
  return Object.fromEntries(
    groups.flatMap((group) =>
      placed.set.topics.flatMap((topic) =>
        partitionsOf(ends, topic).map(
          (partition) => [spotKey(group, topic, partition), String(at(ends, topic, partition)!.highWatermark)] as const,
        ),
      ),
    ),
  );
}
