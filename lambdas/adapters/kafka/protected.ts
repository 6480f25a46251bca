/** What the metadata of a cluster says about the client sets that live there. Counts only; nothing here can break a climb. */
import type { PairConfig } from '../../../core/config/schema.ts';
import type { ProtectedLook } from '../../../core/contracts/observations.ts';
import type { Layout, PartitionLayout } from './layout.ts';

/** A client set as the probe sees it. */
export interface ProtectedSet {
  readonly name: string;
  readonly topics: readonly string[];
  readonly criticalTopics: readonly string[];
  readonly groups: readonly string[];
}

/** Sets whose home this cluster is: a failover would move them. */
export const protectedAt = ({ clientSets }: Pick<PairConfig, 'clientSets'>, cluster: string): readonly ProtectedSet[] =>
  Object.entries(clientSets)
    .filter(([, { home }]) => home === cluster)
    .map(([name, { topics, criticalTopics, groups }]) => ({
      name,
      topics,
      criticalTopics,
      groups: groups.map(({ id }) => id),
    }));

const MAX_IMPAIRED_TOPICS = 20;

export interface ProtectedFacts {
  readonly layout: Layout;
  /** min.insync.replicas by topic; a topic that could not be read is absent. */
  readonly minInSync: ReadonlyMap<string, number>;
  /** Whether a group has a coordinator; one that could not be asked about is absent. */
  readonly coordinated: ReadonlyMap<string, boolean>;
}

interface TopicLook {
  readonly topic: string;
  readonly partitions: number;
  readonly offline: number;
  /** Undefined = min.insync.replicas is not known. */
  readonly belowMinIsr: number | undefined;
  readonly underReplicated: number;
}

/** Undefined where not a single topic of the set can be seen. Topics that do not exist are readiness's business. */
export function lookAt(set: ProtectedSet, facts: ProtectedFacts): ProtectedLook | undefined {
  const looks = set.topics.flatMap((topic) => topicLook(topic, facts) ?? []);
  if (looks.length === 0) return undefined;
  const sum = (of: (look: TopicLook) => number) => looks.reduce((total, look) => total + of(look), 0);
  const asked = set.groups.flatMap((group) => facts.coordinated.get(group) ?? []);
  const impaired = looks.filter((look) => look.offline + (look.belowMinIsr ?? 0) > 0).map(({ topic }) => topic);
  const isCritical = (topic: string) => set.criticalTopics.includes(topic);
  const worstFirst = [...impaired.filter(isCritical), ...impaired.filter((topic) => !isCritical(topic))];
  const isMinIsrKnown = looks.some(({ belowMinIsr }) => belowMinIsr !== undefined);
  return {
    partitions: sum((look) => look.partitions),
    offline: sum((look) => look.offline),
    ...(isMinIsrKnown ? { belowMinIsr: sum((look) => look.belowMinIsr ?? 0) } : {}),
    underReplicated: sum((look) => look.underReplicated),
    ...(asked.length === 0 ? {} : { groups: asked.length, withoutCoordinator: asked.filter((has) => !has).length }),
    impairedTopics: worstFirst.slice(0, MAX_IMPAIRED_TOPICS),
  };
}

function topicLook(topic: string, { layout, minInSync }: ProtectedFacts): TopicLook | undefined {
  const partitions = layout.topics.get(topic)?.partitions;
  if (partitions === undefined) return undefined;
  const alive = new Set(layout.brokers.map(({ nodeId }) => nodeId));
  const isOffline = ({ leader }: PartitionLayout) => !alive.has(leader);
  const least = minInSync.get(topic);
  const refuses = (partition: PartitionLayout) => !isOffline(partition) && partition.inSync.length < (least ?? 0);
  return {
    topic,
    partitions: partitions.length,
    offline: partitions.filter(isOffline).length,
    belowMinIsr: least === undefined ? undefined : partitions.filter(refuses).length,
    underReplicated: partitions.filter(({ replicas, inSync }) => inSync.length < replicas.length).length,
  };
}

/** Brokers that hold replicas of what was looked at, but are not alive. */
export function missingBrokers({ brokers, topics }: Layout): number {
  const alive = new Set(brokers.map(({ nodeId }) => nodeId));
  const holders = [...topics.values()].flatMap(({ partitions }) => partitions.flatMap(({ replicas }) => replicas));
  return new Set(holders.filter((nodeId) => !alive.has(nodeId))).size;
}
