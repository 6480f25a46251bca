/** Failback: have the groups that must finished the refuge's own topics, up to where the last producer left? */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { judgeFence } from '../../core/drain/fence.ts';
import { historyOf, remember, sampleSpots, spotKey } from '../gather/drain.ts';
import type { SampledSpot } from '../gather/drain.ts';
import { membersOf } from '../gather/owners.ts';
import { partitionsOf, at } from '../gather/partitions.ts';
import type { DrainPorts, Frame, Look, Owned } from './measure-drain.ts';

/**
 * A shared group leaves what is unread to the members that stay, so it waits only where order per key is promised. A
 * home-only group has nobody there after it: it always finishes.
 */
export const mustFinish = ({ set }: PlacedSet): readonly string[] =>
  set.groups.filter((g) => g.mode === 'home-only' || (g.mode === 'shared' && set.ordering === 'per-key')).map((g) => g.id);

export async function lookAtFence(ports: DrainPorts, config: PairConfig, { placed }: Owned, frame: Frame): Promise<Look> {
  const groups = mustFinish(placed);
  if (groups.length === 0) {
    return { memory: frame.memory, result: { kind: 'drained', sentence: 'no group has to finish anything at the refuge', reasons: [] } };
  }
  const refuge = ports.kafka.reader(placed.refuge);
  const fence = frame.memory.fence ?? (await takeFence(ports, placed, groups));
  const views = await refuge.groups(groups);
  const spots: SampledSpot[] = [];
  for (const group of groups) {
    spots.push(...(await sampleSpots(refuge, { group, topics: placed.set.topics, committedOnly: config.replication.exactlyOnce, nowMs: frame.nowMs, fence })));
  }
  const memory = { ...remember(frame.memory, spots, config.moves.drainStallSeconds * 1000), fence };
  const rules = { stallAfterMs: config.moves.drainStallSeconds * 1000, stableMs: config.moves.stableSeconds * 1000 };
  const verdicts = groups.map((group) => {
    const histories = spots
      .filter((spot) => spot.group === group)
      .map((spot) => ({ ...historyOf(memory, spot, views.get(group)), fence: BigInt(fence[spotKey(group, spot.topic, spot.partition)] ?? '0') }));
    return { group, verdict: judgeFence(histories, { members: membersOf(views.get(group)) }, rules) };
  });
  const open = verdicts.flatMap(({ group, verdict }) =>
    verdict.kind === 'reached'
      ? []
      : verdict.partitions.flatMap((p) => (p.kind === 'drained' ? [] : [`${group} ${p.topic}-${p.partition}: ${p.remaining} before the fence${p.reasons.length > 0 ? ` (${p.reasons.join(', ')})` : ''}`])),
  );
  const overdue = frame.nowMs - frame.startedAtMs >= placed.set.drainDeadline.afterSeconds * 1000;
  if (open.length === 0) return { memory, result: { kind: 'drained', sentence: 'the groups that had to have finished the refuge up to the fence', reasons: [] } };
  if (overdue) return { memory, result: { kind: 'held', sentence: `the fence is not reached after ${placed.set.drainDeadline.afterSeconds} s: ${open.slice(0, 3).join('; ')}`, reasons: open.slice(0, 30) } };
  return { memory, result: { kind: 'draining', sentence: `up to the fence: ${open.slice(0, 3).join('; ')}`, reasons: open.slice(0, 30) } };
}

/** Taken once, after every producer has gone home, and kept: what others write behind it is theirs. */
async function takeFence(ports: DrainPorts, placed: PlacedSet, groups: readonly string[]): Promise<Record<string, string>> {
  const ends = await ports.kafka.reader(placed.refuge).ends(placed.set.topics);
  return Object.fromEntries(
    groups.flatMap((group) =>
      placed.set.topics.flatMap((topic) =>
        partitionsOf(ends, topic).map((partition) => [spotKey(group, topic, partition), String(at(ends, topic, partition)!.highWatermark)] as const),
      ),
    ),
  );
}
