/** Evidence about the flow home->refuge and about home's producers, from stored observations and adoptions. */
import { isolationLevelOf, type PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FlowObservation } from '../../core/contracts/observations.ts';
import { isCaughtUp, measureLag, pendingRange, sumLag } from '../../core/replication/lag.ts';
import type { LagInput } from '../../core/replication/lag.ts';
import { expectedClients } from '../../core/routing/adoption.ts';
import { producersGone, sourceStoodStill } from '../../core/routing/producers.ts';
import type { Ports } from '../ports.ts';
import { mapInBatches, READS_AT_ONCE } from './partitions.ts';

export interface FlowNow {
  readonly lag: 'zero' | 'some' | 'unknown';
  /** Sum of the last copied source offsets, decimal, or 'unknown'. */
  readonly copiedOffsets: string;
}

type FlowPorts = Pick<Ports, 'observations' | 'kafka' | 'log'>;

/** @param since looks that began before it do not tell the lag: a producer may still have written after them. */
export async function lagOfFlow(
  ports: FlowPorts,
  config: PairConfig,
  placed: PlacedSet,
  nowMs: number,
  since: number,
): Promise<FlowNow> {
  const limitMs = config.moves.lagLimitSeconds * 1000;
  const newest = (await ports.observations.flowsSince(placed.home, placed.refuge, nowMs - limitMs)).at(-1);
  if (newest === undefined) return { lag: 'unknown', copiedOffsets: 'unknown' };
  return {
    lag: newest.atMs < since ? 'unknown' : await lagKind(ports, placed, placesIn(newest, placed, config)),
    copiedOffsets: copiedSum(newest, placed),
  };
}

interface Place extends LagInput {
  readonly topic: string;
  readonly partition: number;
}

/** Every partition of the set's topics; 'unknown' for a topic that the look has not seen. */
function placesIn(look: FlowObservation, { set }: PlacedSet, config: PairConfig): readonly (Place | 'unknown')[] {
  if (look.sourceEnds === undefined || look.replicatedOffsets === undefined) return ['unknown'];
  return set.topics.flatMap((topic): (Place | 'unknown')[] => {
    const partitions = Object.entries(look.sourceEnds?.[topic] ?? {});
    if (partitions.length === 0) return ['unknown'];
    return partitions.map(([partition, ends]) => {
      const copied = look.replicatedOffsets?.[topic]?.[partition];
      return {
        topic,
        partition: Number(partition),
        highWatermark: BigInt(ends.highWatermark),
        lastStable: BigInt(ends.lastStable),
        logStart: BigInt(ends.start),
        isolation: isolationLevelOf(config),
        copiedOffset: copied === undefined ? null : BigInt(copied),
      };
    });
  });
}

async function lagKind(
  ports: FlowPorts,
  placed: PlacedSet,
  places: readonly (Place | 'unknown')[],
): Promise<FlowNow['lag']> {
  if (places.length === 0 || places.includes('unknown')) return 'unknown';
  const known = places.filter((place) => place !== 'unknown');
  const counts = await countPending(ports, placed, known);
  const lags = known.map((place) => measureLag({ ...place, dataRecordsBehind: counts.get(place) }));
  return isCaughtUp(sumLag(lags)) ? 'zero' : 'some';
}

/**
 * Markers are copied by nobody, so by offsets a log that ends with one never looks copied. Counts whether there is a data
 * record at all, only where home can be read: one that is gone again leaves the offsets to speak.
 */
async function countPending(
  { kafka, log }: FlowPorts,
  { home }: PlacedSet,
  places: readonly Place[],
): Promise<ReadonlyMap<Place, bigint>> {
  const behind = places.flatMap((place) => {
    const range = pendingRange(place);
    return range === null ? [] : [{ place, ...range }];
  });
  if (behind.length === 0) return new Map();
  const reader = kafka.reader(home);
  const count = ({ place: { topic, partition, isolation }, from, to }: (typeof behind)[number]) =>
    reader.countData(topic, partition, from, to, { limit: 1, committedOnly: isolation === 'read_committed' });
  try {
    const counts = await mapInBatches(behind, READS_AT_ONCE, count);
    return new Map(behind.map(({ place }, i) => [place, BigInt(counts[i]!)]));
  } catch (error) {
    log.info('home could not be read to tell markers from records', { because: String(error) });
    return new Map();
  }
}

function copiedSum(look: FlowObservation, placed: PlacedSet): string {
  if (look.replicatedOffsets === undefined) return 'unknown';
  const offsets = placed.set.topics.flatMap((topic) => Object.values(look.replicatedOffsets?.[topic] ?? {}));
  return String(offsets.reduce((sum, offset) => sum + BigInt(offset), 0n));
}

/** May a producer of the set still write at home? By acknowledgements, by home's ends since the publish, by the declared time. */
export async function producersMoved(
  ports: Pick<Ports, 'control' | 'observations'>,
  config: PairConfig,
  placed: PlacedSet,
  epoch: number,
  nowMs: number,
): Promise<'moved' | 'not-all' | 'unknown'> {
  const state = await ports.control.readSet(placed.name);
  const claim = state?.open;
  if (claim?.epoch !== epoch || state?.routing?.epoch !== epoch) return 'unknown';
  const clients = await ports.control.adoptions(placed.name);
  const expected = expectedClients({ clients, claimedAtMs: claim.claimedAtMs, rules: config.moves }, 'producer');
  const all = expected.every((a) => a.epoch >= epoch) ? 'all' : 'not-all';
  const publishedAtMs = Date.parse(state.routing.issuedAt);
  const forMs = config.moves.clientSilentSeconds * 1000;
  const looksSinceMs = Math.max(publishedAtMs, nowMs - forMs - config.moves.lagLimitSeconds * 1000);
  const looks = await ports.observations.flowsSince(placed.home, placed.refuge, looksSinceMs);
  return producersGone({
    acknowledged: expected.length === 0 ? 'nobody-heard-of' : all,
    homeStoodStill: sourceStoodStill(looks, placed.set.topics, { sinceMs: publishedAtMs, forMs }),
    sincePublishedMs: nowMs - publishedAtMs,
    assumeAfterSeconds: placed.set.assumeProducersAdoptedAfterSeconds,
  });
}
