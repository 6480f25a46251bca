/**
 * Commits positions of application groups inside a transaction, as no member of the group. Brokers take such a commit also
 * for a group with live members. Opening bumps the epoch of the transactional id: a holder opened earlier is refused from then
 * on, and what it had begun is rolled back.
 */
import type { FencedCommitter, NewPosition } from '../../ports.ts';
import { PATIENCE, type Patience } from './connection.ts';
import { Deadline } from './deadline.ts';
import { KafkaAnswer, KafkaUnavailable } from './errors.ts';
import { failIf } from './internals.ts';
import type { Wire } from './wire.ts';

/** How long a broker keeps a transaction whose owner has gone. */
const TRANSACTION_TIMEOUT_MS = 10_000;

interface Producer {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface Answer {
  readonly errorCode: number;
}

interface TxnOffsetCommitAnswer {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly ({ readonly partition: number } & Answer)[];
  }[];
}

/**
 * What Kafka says to a holder that is not the newest any more (47, 90; 49 after the epochs of a producer id ran out). It says
 * the same when it rolled our transaction back because we stalled for longer than its timeout: then too, nothing was written.
 */
const FENCED: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
  'TRANSACTION_COORDINATOR_FENCED',
]);

/** @throws KafkaUnavailable */
export async function openKafkaCommitter(
  cluster: string,
  wire: Wire,
  transactionalId: string,
  patience: Patience = PATIENCE,
): Promise<FencedCommitter> {
  const producer = await bounded(cluster, `opening "${transactionalId}"`, patience, wire, () =>
    initProducerId(wire, transactionalId),
  );
  return {
    commit: (group, positions) => commit(cluster, wire, patience, producer, group, positions),
    close: async () => wire.close(),
  };
}

async function initProducerId(wire: Wire, transactionalId: string): Promise<Producer> {
  const coordinator = await wire.coordinator('transaction', transactionalId);
  const answer = await coordinator.call<Answer & Omit<Producer, 'transactionalId'>>('InitProducerId', {
    transactionalId,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
  });
  failIf(answer.errorCode, `opening "${transactionalId}"`);
  return { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch };
}

async function commit(
  cluster: string,
  wire: Wire,
  patience: Patience,
  producer: Producer,
  group: string,
  positions: readonly NewPosition[],
): ReturnType<FencedCommitter['commit']> {
  if (positions.length === 0) return { kind: 'committed' };
  const doing = `committing positions of "${group}"`;
  try {
    await bounded(cluster, doing, patience, wire, () => stagePositions(wire, producer, group, positions));
    // The same answer again is safe: a transaction that is committed stays committed.
    await bounded(cluster, doing, patience, wire, () => endTransaction(wire, producer, 'commit'));
    return { kind: 'committed' };
  } catch (error) {
    if (isFenced(error)) return { kind: 'fenced' };
    // Best effort: if this fails too, the coordinator rolls back after TRANSACTION_TIMEOUT_MS.
    await endTransaction(wire, producer, 'abort').catch(() => undefined);
    throw error;
  }
}

/** First half of a commit: invisible until the transaction ends. */
export async function stagePositions(
  wire: Wire,
  producer: Producer,
  group: string,
  positions: readonly NewPosition[],
): Promise<void> {
  const { transactionalId } = producer;
  const transactions = await wire.coordinator('transaction', transactionalId);
  const added = await transactions.call<Answer>('AddOffsetsToTxn', { ...producer, groupId: group });
  failIf(added.errorCode, `adding "${group}" to the transaction of "${transactionalId}"`);
  const groups = await wire.coordinator('group', group);
  const answer = await groups.call<TxnOffsetCommitAnswer>('TxnOffsetCommit', {
    ...producer,
    groupId: group,
    topics: byTopic(positions),
  });
  for (const { topic, partitions } of answer.topics) {
    for (const { partition, errorCode } of partitions)
      failIf(errorCode, `position of "${group}" in ${topic}-${partition}`);
  }
}

async function endTransaction(wire: Wire, producer: Producer, how: 'commit' | 'abort'): Promise<void> {
  const coordinator = await wire.coordinator('transaction', producer.transactionalId);
  const answer = await coordinator.call<Answer>('EndTxn', { ...producer, transactionResult: how === 'commit' });
  failIf(answer.errorCode, `ending the transaction of "${producer.transactionalId}"`);
}

function byTopic(positions: readonly NewPosition[]) {
  const topics = new Map<string, { partition: number; offset: string; metadata: string }[]>();
  for (const { topic, partition, offset } of positions) {
    topics.set(topic, [...(topics.get(topic) ?? []), { partition, offset: offset.toString(), metadata: '' }]);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

async function bounded<T>(
  cluster: string,
  doing: string,
  patience: Patience,
  wire: Wire,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await wire.attempt(doing, new Deadline(patience.callMs), work);
  } catch (error) {
    throw new KafkaUnavailable(cluster, doing, error);
  }
}

const isFenced = (error: unknown): boolean =>
  error instanceof KafkaUnavailable && error.cause instanceof KafkaAnswer && FENCED.has(error.cause.type);
