/** Switchover: has everybody finished home's topics, up to where the last producer left? What they come to is kept for the way back. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { DrainMemory } from '../../core/contracts/drain.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import { judgeStandstill, type EndNow } from '../../core/drain/standstill.ts';
import { readsOf, spotKey } from '../gather/drain.ts';
import type { SampledSpot } from '../gather/drain.ts';
import { at, partitionsOf } from '../gather/partitions.ts';
import type { ByPartition, Ends } from '../ports.ts';
import { fenceAt, lookUpTo, resultOf } from './fence.ts';
import { withTaken, type DrainPorts, type Frame, type Look, type Owned } from './look.ts';

/** All groups of the set: whoever reads at home leaves it, and what lies before the fence is processed nowhere else. */
export async function lookAtHome(
  ports: DrainPorts,
  config: PairConfig,
  { placed, claim, state }: Owned,
  frame: Frame,
): Promise<Look> {
  if (state.phase !== 'leaving')
    return { memory: frame.memory, result: { kind: 'drained', sentence: 'consumers are told to follow', reasons: [] } };
  const home = ports.kafka.reader(placed.home);
  const groups = placed.set.groups.map(({ id }) => id);
  const ends = await home.ends(placed.set.topics);
  const seen = judgeStandstill(frame.memory.standstill, endsNow(ends, placed), {
    nowMs: frame.nowMs,
    stableMs: config.moves.stableSeconds * 1000,
  });
  const { fence } = frame.memory;
  if (fence === undefined && seen.kind === 'moving') {
    const memory = { ...frame.memory, standstill: { ...seen.standstill, ends: { ...seen.standstill.ends } } };
    return { memory, result: resultOf(placed, [`the end of home is not final: ${seen.because}`], frame, '') };
  }
  const upTo = {
    groups,
    topics: placed.set.topics,
    fence: fence ?? fenceAt(ends, placed.set.topics, groups),
    reads: readsOf(placed),
  };
  const { memory, spots, open } = await lookUpTo(home, config, upTo, frame);
  if (open.length === 0) await keepFence(ports, placed, claim.epoch, spots, memory);
  return { memory, result: resultOf(placed, open, frame, 'all groups have finished home up to the fence') };
}

const endsNow = (ends: ByPartition<Ends>, { set }: PlacedSet): ReadonlyMap<string, EndNow> =>
  new Map(
    set.topics.flatMap((topic) =>
      partitionsOf(ends, topic).map((partition) => [`${topic}|${partition}`, at(ends, topic, partition)!] as const),
    ),
  );

/**
 * C is the fence, or where the group stands behind it: nothing before it is owed any more. Nobody reads the remote topic,
 * so there is no S, and u* is C.
 */
async function keepFence(
  ports: DrainPorts,
  placed: PlacedSet,
  epoch: number,
  spots: readonly SampledSpot[],
  { fence = {}, taken }: DrainMemory,
): Promise<void> {
  for (const record of await ports.control.positions(placed.name, epoch)) {
    const partitions: PositionRecord['partitions'] = { ...record.partitions };
    for (const { group, topic, partition, sample } of spots) {
      const stored = partitions[String(partition)];
      const key = spotKey(group, topic, partition);
      const end = fence[key];
      if (group !== record.group || topic !== record.topic || stored === undefined || end === undefined) continue;
      const committed = sample.committed === null || sample.committed === 'unknown' ? null : BigInt(sample.committed);
      const done = String(committed !== null && committed > BigInt(end) ? committed : BigInt(end));
      partitions[String(partition)] = {
        ...withTaken(stored, 'home', taken?.[key]),
        homeCommit: done,
        restore: done,
        reprocess: { atMost: '0', because: 'finished at home' },
        homeEnd: end,
        tail: '0',
        left: { lower: '0', upper: '0', because: 'home lived, and all of it was finished there' },
        note: 'finished at home up to the fence',
      };
    }
    await ports.control.putPositions(placed.name, { ...record, atMs: ports.clock.nowMs(), partitions });
  }
}
