/** While a client set is away: what is still written to its topics at home. Counted, not judged. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { HomeWrites, SetObservation } from '../../core/contracts/observations.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import { isAway } from '../../core/move/old-side.ts';
import { look, stored } from '../gather/partitions.ts';
import type { ByPartition, ClusterReader, Ends, Ports } from '../ports.ts';

type Needs = Pick<Ports, 'kafka' | 'clock'>;

/** Per partition and look: that somebody writes matters, not how much. */
const COUNT_AT_MOST = 1_000;

/** The set's state, and the look before at it, where the set is away. */
export interface SeenBefore {
  readonly state: SetState | null;
  readonly last: SetObservation | null;
}

/**
 * @param clusterId of home as it answers now; undefined = home cannot be read, and what was seen before stands
 * @param problems gets what could not be read
 */
export async function lookAtHomeWrites(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  {
    state,
    last,
    clusterId,
    problems,
  }: SeenBefore & { readonly clusterId: string | undefined; readonly problems: string[] },
): Promise<HomeWrites | undefined> {
  const leftHomeAtMs = state?.leftHomeAtMs;
  if (state === null || leftHomeAtMs === undefined || !isAway(state.phase)) return undefined;
  const before = last?.homeWrites?.leftHomeAtMs === leftHomeAtMs ? last.homeWrites : undefined;
  if (clusterId === undefined || ports.clock.nowMs() - leftHomeAtMs < config.moves.adoptionSeconds * 1000)
    return before;
  const seen = await look('writes at home', problems, () =>
    countWrites(ports, config, placed, { before, leftHomeAtMs, clusterId }),
  );
  return seen ?? before;
}

async function countWrites(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  {
    before,
    leftHomeAtMs,
    clusterId,
  }: Pick<HomeWrites, 'leftHomeAtMs' | 'clusterId'> & { readonly before: HomeWrites | undefined },
): Promise<HomeWrites> {
  const reader = ports.kafka.reader(placed.home);
  const ends = await reader.ends(placed.set.topics);
  const nowMs = ports.clock.nowMs();
  const now = { leftHomeAtMs, clusterId, lookedAtMs: nowMs, ends: stored(ends, (end) => String(end.highWatermark)) };
  // Another cluster behind the name is another log.
  if (before?.clusterId !== clusterId) return { ...now, sinceMs: nowMs, written: {} };
  const freshMs = config.replication.freshSeconds * 1000;
  const sinceMs = nowMs - before.lookedAtMs > freshMs ? nowMs : before.sinceMs;
  // What home had acknowledged before shows when its replicas are in sync again: not written by anybody now.
  if (nowMs - sinceMs < freshMs) return { ...now, sinceMs, written: before.written };
  return { ...now, sinceMs, written: await addWritten(reader, ends, before, nowMs) };
}

async function addWritten(
  reader: ClusterReader,
  ends: ByPartition<Ends>,
  before: HomeWrites,
  nowMs: number,
): Promise<HomeWrites['written']> {
  const written = { ...before.written };
  for (const [topic, partitions] of ends) {
    let records = 0;
    for (const [partition, { start, highWatermark }] of partitions) {
      const from = BigInt(before.ends[topic]?.[String(partition)] ?? start);
      if (highWatermark <= from) continue;
      // Markers of transactions that are given up are no writes of anybody.
      const options = { limit: COUNT_AT_MOST, committedOnly: false };
      records += await reader.countData(topic, partition, from < start ? start : from, highWatermark, options);
    }
    if (records > 0) written[topic] = { records: records + (written[topic]?.records ?? 0), lastMs: nowMs };
  }
  return written;
}
