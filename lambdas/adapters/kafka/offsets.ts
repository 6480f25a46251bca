/** Log ends and committed positions, batched: one request per broker, not one per topic. */
import type { ByPartition, Ends } from '../../ports.ts';
import { answerOf, failIf, type Link } from './internals.ts';
import { COMMITTED, UNCOMMITTED } from './scan.ts';
import { LEADER_NOT_AVAILABLE, type Layout } from './layout.ts';
import type { Wire } from './wire.ts';

const EARLIEST = -2;
const LATEST = -1;

interface ListOffsetsAnswer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number; readonly offset: string }[];
  }[];
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Fills topic -> partition -> value. */
export class PartitionTable<T> {
  readonly #table = new Map<string, Map<number, T>>();

  set(topic: string, partition: number, value: T): void {
    const row = this.#table.get(topic) ?? new Map<number, T>();
    this.#table.set(topic, row);
    row.set(partition, value);
  }

  get(topic: string, partition: number): T | undefined {
    return this.#table.get(topic)?.get(partition);
  }

  whole(): ByPartition<T> {
    return this.#table;
  }
}

/** Partitions by the broker that leads them. @throws KafkaAnswer LEADER_NOT_AVAILABLE (worth repeating) if one has no leader */
export function byLeader(layout: Layout): ReadonlyMap<number, readonly TopicPartitions[]> {
  const leaders = new Map<number, Map<string, number[]>>();
  for (const [topic, { partitions }] of layout.topics) {
    for (const { partition, leader } of partitions) {
      if (leader < 0) throw answerOf(LEADER_NOT_AVAILABLE, `${topic}-${partition}`);
      const topics = leaders.get(leader) ?? new Map<string, number[]>();
      leaders.set(leader, topics);
      topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    }
  }
  return new Map(
    [...leaders].map(([leader, topics]) => [leader, [...topics].map(([topic, partitions]) => ({ topic, partitions }))]),
  );
}

export async function listOffsets(
  link: Link,
  topics: readonly TopicPartitions[],
  timestamp: number,
  isolationLevel: number,
): Promise<PartitionTable<bigint>> {
  const answer = await link.call<ListOffsetsAnswer>('ListOffsets', {
    replicaId: -1,
    isolationLevel,
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition, timestamp })),
    })),
  });
  const table = new PartitionTable<bigint>();
  for (const { topic, partitions } of answer.responses) {
    for (const { partition, errorCode, offset } of partitions) {
      failIf(errorCode, `offsets of ${topic}-${partition}`);
      table.set(topic, partition, BigInt(offset));
    }
  }
  return table;
}

/** The end that read_committed sees is asked for before the high watermark, so that it is never above it. */
export async function endsOf(wire: Wire, topics: readonly string[]): Promise<ByPartition<Ends>> {
  const layout = await wire.layout(topics);
  const table = new PartitionTable<Ends>();
  await Promise.all(
    [...byLeader(layout)].map(async ([leader, led]) => {
      const link = await wire.linkTo(leader);
      const [start, stable, high] = await Promise.all([
        listOffsets(link, led, EARLIEST, UNCOMMITTED),
        listOffsets(link, led, LATEST, COMMITTED),
        listOffsets(link, led, LATEST, UNCOMMITTED),
      ]);
      for (const { topic, partitions } of led) {
        for (const partition of partitions) {
          const highWatermark = high.get(topic, partition)!;
          const lastStable = stable.get(topic, partition)!;
          table.set(topic, partition, {
            start: start.get(topic, partition)!,
            highWatermark,
            lastStable: lastStable < highWatermark ? lastStable : highWatermark,
          });
        }
      }
    }),
  );
  return table.whole();
}

interface OffsetFetchAnswer {
  readonly errorCode?: number;
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: string; readonly errorCode: number }[];
  }[];
}

export async function committedOf(
  wire: Wire,
  group: string,
  topics: readonly string[],
): Promise<ByPartition<bigint | null>> {
  const layout = await wire.layout(topics);
  const wanted = [...layout.topics].map(([topic, { partitions }]) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition })),
  }));
  // An empty list would mean "every topic of the group" to kafkajs.
  if (wanted.length === 0) return new Map();
  const coordinator = await wire.coordinator('group', group);
  const answer = await coordinator.call<OffsetFetchAnswer>('OffsetFetch', { groupId: group, topics: wanted });
  failIf(answer.errorCode ?? 0, `positions of group "${group}"`);
  const table = new PartitionTable<bigint | null>();
  for (const { topic, partitions } of answer.responses) {
    for (const { partition, offset, errorCode } of partitions) {
      failIf(errorCode, `position of group "${group}" in ${topic}-${partition}`);
      table.set(topic, partition, offset.startsWith('-') ? null : BigInt(offset));
    }
  }
  return table.whole();
}
