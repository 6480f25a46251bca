/** Who is in the cluster and who leads what, from a metadata answer. */
import { failIf } from './internals.ts';
import type { Address } from './socket.ts';

export interface Broker extends Address {
  readonly nodeId: number;
}

export interface TopicLayout {
  readonly partitions: readonly { readonly partition: number; /** -1 = none now. */ readonly leader: number }[];
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
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
  }[];
}

/** Codes of Kafka's protocol that callers act on by themselves. */
export const UNKNOWN_TOPIC = 3;
export const LEADER_NOT_AVAILABLE = 5;

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
  partitions: partitions.map(({ partitionId, leader }) => ({ partition: partitionId, leader })),
});
