/** What a failover that began now would cost: records lost to consumers until home returns, records read twice, time. */
import type { PairConfig } from '../config/schema.ts';
import type { FlowObservation } from '../contracts/observations.ts';
import type { ReadinessDocument } from '../contracts/readiness.ts';
import type { SeedRecord } from '../contracts/tables.ts';
import { seconds } from '../health/words.ts';
import type { MoveFacts } from '../move/facts.ts';
import { lossSentence, type ExpectedLoss } from '../move/loss.ts';

/** The tail: what home acknowledged and nobody copied. It is processed at home after its return. */
export function lossPart(loss: ExpectedLoss | null): ReadinessDocument['loss'] {
  if (loss === null) return { kind: 'unknown', sentence: 'expected loss is not told for this kind of move' };
  if (loss.kind === 'unknown') return { kind: 'unknown', sentence: lossSentence(loss) };
  return { kind: 'known', records: loss.records, seconds: loss.seconds, sentence: lossSentence(loss) };
}

/** Records between the seeds and the ends of the remote topics: the most that may be read again. null = not known. */
export function recordsFromSeeds(
  seeds: readonly SeedRecord[],
  ends: FlowObservation['remoteEnds'],
  topics: MoveFacts['place']['topics'],
): bigint | null {
  if (!ends || seeds.length === 0) return null;
  let records = 0n;
  for (const { topic, partitions } of seeds) {
    const remote = topics.find(({ home }) => home === topic)?.remote ?? topic;
    for (const [partition, { seed }] of Object.entries(partitions)) {
      const end = ends[remote]?.[partition];
      if (end && BigInt(end.highWatermark) > BigInt(seed)) records += BigInt(end.highWatermark) - BigInt(seed);
    }
  }
  return records;
}

export function expectedDuplicates(records: bigint | null): ReadinessDocument['duplicates'] {
  if (records === null)
    return {
      kind: 'unknown',
      sentence: 'expected duplicates: unknown, no seeds or no ends of the remote topics are at hand',
    };
  return {
    kind: 'known',
    records: String(records),
    sentence: `expected duplicates: of at most ${records} records after the seeds, those that were processed at home since the seeds were written`,
  };
}

/** Until producers write at the refuge; consumers follow as soon as the remote topics are finished. */
export function expectedTime({ probe }: PairConfig, place: MoveFacts['place'], pollSeconds: number, asks: boolean) {
  const suspectSeconds = probe.suspectFailures * probe.intervalSeconds;
  // A client reads its routing once per poll: at worst a whole one passes, longer by the fifth that it jitters.
  const adoptSeconds = 1.2 * pollSeconds;
  const untilProducersSeconds = suspectSeconds + probe.confirmSeconds + adoptSeconds;
  const approval = asks ? ', and the time until a person approves' : '';
  return {
    untilProducersSeconds,
    sentence: `expected time: producers write at ${place.refuge} about ${seconds(untilProducersSeconds * 1000)} after the first failed probe (${suspectSeconds} s until suspected, ${probe.confirmSeconds} s to confirm, ${adoptSeconds} s until clients read their routing${approval}); consumers when they have finished the remote topics`,
  };
}
