/** Which record went where: kafkajs answers per partition, applications ask per record. */
import type { Message, ProducerBatch, RecordMetadata } from 'kafkajs';
import type { GivenRecord } from './errors.ts';
import { recordsOf } from './waiting-line.ts';

/** Where a confirmed record went. */
export interface Confirmed {
  readonly record: GivenRecord;
  readonly partition: number;
  /** null if the broker did not say (it recognised a repeat). */
  readonly offset: bigint | null;
}

export interface Delivered {
  /** As kafkajs would have answered for this batch alone. */
  readonly metadata: RecordMetadata[];
  readonly confirmed: readonly Confirmed[];
}

type Offsets = Map<string, bigint | null>;

/** Offset of each record: the partition's base offset plus its place among the records of that partition. */
export function confirm(
  batches: readonly ProducerBatch[],
  sentAs: readonly Message[],
  chosen: WeakMap<Message, number>,
  metadata: readonly RecordMetadata[],
): readonly Delivered[] {
  const next: Offsets = new Map();
  for (const { topicName, partition, baseOffset = '-1' } of metadata)
    next.set(`${topicName}/${partition}`, baseOffset.startsWith('-') ? null : BigInt(baseOffset));
  let index = 0;
  return batches.map((batch) => {
    const confirmed = recordsOf(batch).map((record) => place(record, chosen.get(sentAs[index++]!) ?? -1, next));
    return { confirmed, metadata: batches.length === 1 ? [...metadata] : metadataOf(confirmed) };
  });
}

function place(record: GivenRecord, partition: number, next: Offsets): Confirmed {
  const key = `${record.topic}/${partition}`;
  const offset = next.get(key) ?? null;
  if (offset !== null) next.set(key, offset + 1n);
  return { record, partition, offset };
}

/** Of a batch that travelled with others: its first record per partition is its base. */
function metadataOf(confirmed: readonly Confirmed[]): RecordMetadata[] {
  const first = new Map<string, RecordMetadata>();
  for (const { record, partition, offset } of confirmed) {
    const key = `${record.topic}/${partition}`;
    const baseOffset = offset === null ? '-1' : `${offset}`;
    if (!first.has(key)) first.set(key, { topicName: record.topic, partition, errorCode: 0, baseOffset });
  }
  return [...first.values()];
}
