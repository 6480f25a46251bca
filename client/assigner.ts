/**
 * The kafkajs assigner `mm2-failover`: members of one group may subscribe to different topics.
 *
 * The leader needs partition counts of topics it does not subscribe to and may not be allowed to describe. So each
 * member sends the counts of its own topics with its subscription; only what nobody sent is looked up by the leader.
 */
import { AssignerProtocol, type Assigner, type Cluster, type GroupMember, type PartitionAssigner } from 'kafkajs';
import { assignPartitions, type Member } from './assignment.ts';

export const ASSIGNER_NAME = 'mm2-failover';
const VERSION = 0;

type Owned = Readonly<Record<string, readonly number[]>>;

/** Carried as user data of the subscription. Unknown fields are ignored, so that it can grow. */
interface MemberNotes {
  readonly owned: Owned;
  readonly partitionCounts: Readonly<Record<string, number>>;
}

/** What this member owned last; kept outside the assigner, because kafkajs does not tell it. */
export interface OwnedPartitions {
  owned: Owned;
}

const NO_NOTES: MemberNotes = { owned: {}, partitionCounts: {} };

const isRecordOf = (value: unknown, accepts: (one: unknown) => boolean): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(accepts);
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;

/** Notes of another release, or garbage, count as none. */
function readNotes(userData: Buffer): MemberNotes {
  if (userData.length === 0) return NO_NOTES;
  try {
    const { owned, partitionCounts } = JSON.parse(userData.toString('utf8')) as Partial<MemberNotes>;
    return {
      owned: isRecordOf(owned, (list) => Array.isArray(list) && list.every(isCount)) ? owned! : {},
      partitionCounts: isRecordOf(partitionCounts, isCount) ? partitionCounts! : {},
    };
  } catch {
    return NO_NOTES;
  }
}

function decodeMember({ memberId, memberMetadata }: GroupMember): Member & MemberNotes {
  const subscription = AssignerProtocol.MemberMetadata.decode(memberMetadata);
  if (!subscription) return { id: memberId, topics: [], ...NO_NOTES };
  // kafkajs decodes absent user data as null, though its types say Buffer.
  const userData = (subscription.userData as Buffer | null) ?? Buffer.alloc(0);
  return { id: memberId, topics: subscription.topics, ...readNotes(userData) };
}

/** Partitions of a topic as this client knows it; null if it does not. */
function knownCount(cluster: Cluster, topic: string): number | null {
  try {
    const count = cluster.findTopicPartitionMetadata(topic).length;
    return count > 0 ? count : null;
  } catch {
    return null;
  }
}

/** The highest count anybody reported: partitions are only ever added. */
async function partitionCounts(
  cluster: Cluster,
  members: readonly (Member & MemberNotes)[],
): Promise<ReadonlyMap<string, number>> {
  const topics = [...new Set(members.flatMap((member) => member.topics))];
  const reported = (topic: string) =>
    Math.max(knownCount(cluster, topic) ?? 0, ...members.map((member) => member.partitionCounts[topic] ?? 0));
  for (const topic of topics.filter((one) => reported(one) === 0)) {
    // One by one: a topic that does not exist, or is not ours to see, must not take the others with it.
    await cluster.addMultipleTargetTopics([topic]).catch(() => undefined);
  }
  return new Map(topics.map((topic) => [topic, reported(topic)]));
}

/**
 * Makes the assigner for a consumer.
 * @param memory what the member owned at its last join; set by whoever listens to `consumer.group_join`.
 */
export const failoverAssigner =
  (memory: OwnedPartitions = { owned: {} }): PartitionAssigner =>
  ({ cluster, groupId, logger }): Assigner => ({
    name: ASSIGNER_NAME,
    version: VERSION,
    protocol: ({ topics }) => {
      const counts = topics
        .map((topic) => [topic, knownCount(cluster, topic)] as const)
        .filter(([, count]) => count !== null);
      const notes = { owned: memory.owned, partitionCounts: Object.fromEntries(counts) };
      const userData = Buffer.from(JSON.stringify(notes));
      return {
        name: ASSIGNER_NAME,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData }),
      };
    },
    assign: async ({ members }) => {
      const decoded = members.map(decodeMember);
      const counts = await partitionCounts(cluster, decoded);
      const unknown = [...counts].filter(([, count]) => count === 0).map(([topic]) => topic);
      if (unknown.length > 0)
        logger.warn('topics without known partitions are not assigned', { groupId, topics: unknown });
      return [...assignPartitions(decoded, counts)].map(([memberId, topics]) => {
        const assignment = Object.fromEntries([...topics].map(([topic, partitions]) => [topic, [...partitions]]));
        const memberAssignment = AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        });
        return { memberId, memberAssignment };
      });
    },
  });
