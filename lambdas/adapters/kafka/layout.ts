/** Who is in the cluster and who leads what, from a metadata answer. */
import { failIf } from './internals.ts';
import type { Address } from './socket.ts';

export interface Broker extends Address {
  readonly nodeId: number;
}

export interface PartitionLayout {
  readonly partition: number;
  /** -1 = none now. */
  readonly leader: number;
  /** Broker ids; those in sync are among the replicas. */
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface TopicLayout {
  readonly partitions: readonly PartitionLayout[];
}

export interface Layout {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly Broker[];
  /** Topics that do not exist are absent. */
  readonly topics: ReadonlyMap<string, TopicLayout>;
}

export interface MetadataAnswer {
  readonly brokers: readonly Broker[];
  readonly clusterId: string;
  readonly controllerId: number;
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      readonly leader: number;
      readonly replicas: readonly number[];
      readonly isr: readonly number[];
    }[];
  }[];
}

/** Codes of Kafka's protocol that callers act on by themselves. */
export const UNKNOWN_TOPIC = 3;
export const LEADER_NOT_AVAILABLE = 5;

/** The same answer about some of its topics only. */
export const answerAbout = (answer: MetadataAnswer, isWanted: (topic: string) => boolean): MetadataAnswer => ({
  ...answer,
  topicMetadata: answer.topicMetadata.filter(({ topic }) => isWanted(topic)),
});

/** What it tells without complaint: topics that may not be seen are absent as well. */
export const visibleLayout = (answer: MetadataAnswer): Layout =>
  layoutFrom({
    ...answer,
    topicMetadata: answer.topicMetadata.filter(({ topicErrorCode }) =>
      [0, LEADER_NOT_AVAILABLE].includes(topicErrorCode),
    ),
  });

/** @throws KafkaAnswer when a topic may not be seen */
export function layoutFrom(answer: MetadataAnswer): Layout {
  const known = answer.topicMetadata.filter(({ topicErrorCode }) => topicErrorCode !== UNKNOWN_TOPIC);
  for (const { topic, topicErrorCode } of known) {
    // Some partition has no leader: callers see -1 where that is so.
    if (topicErrorCode !== LEADER_NOT_AVAILABLE) failIf(topicErrorCode, `metadata of "${topic}"`);
  }
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    brokers: answer.brokers,
    topics: new Map(known.map(({ topic, partitionMetadata }) => [topic, topicLayout(partitionMetadata)])),
  };
}

const topicLayout = (partitions: MetadataAnswer['topicMetadata'][number]['partitionMetadata']): TopicLayout => ({
  partitions: partitions.map(({ partitionId, leader, replicas, isr }) => ({
    partition: partitionId,
    leader,
    replicas,
    inSync: isr,
  })),
});
