/**
 * What home had acknowledged and nobody had copied when the set was moved away, by the positions that were stored then:
 * what home's last sample held. What was written behind it is not in it.
 */
import type { PositionRecord } from '../contracts/tables.ts';

export interface KnownTail {
  readonly records: bigint;
  /** `<topic>-<partition>` -> records. */
  readonly byPartition: ReadonlyMap<string, bigint>;
  /** Partitions of which nobody knows it; they are not in the figures. */
  readonly unknownPartitions: number;
}

/** It belongs to a topic's partition, however many groups read it: where one of them knows it, it is known. */
export function tailsOf(positions: readonly PositionRecord[]): ReadonlyMap<string, bigint | null> {
  const tails = new Map<string, bigint | null>();
  for (const { topic, partitions } of positions)
    for (const [partition, { tail }] of Object.entries(partitions)) {
      const name = tailName(topic, partition);
      tails.set(name, tail === null ? (tails.get(name) ?? null) : BigInt(tail));
    }
  return tails;
}

export const tailName = (topic: string, partition: string | number): string => `${topic}-${partition}`;

export function tailOf(positions: readonly PositionRecord[]): KnownTail {
  const tails = tailsOf(positions);
  const byPartition = new Map([...tails].flatMap(([name, tail]) => (tail === null ? [] : [[name, tail] as const])));
  return {
    records: [...byPartition.values()].reduce((sum, tail) => sum + tail, 0n),
    byPartition,
    unknownPartitions: tails.size - byPartition.size,
  };
}
