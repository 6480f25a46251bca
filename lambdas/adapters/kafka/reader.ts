/** Reads one cluster. Every call is bounded and throws KafkaUnavailable when the cluster does not do its part in time. */
import type { GroupView } from '../../../core/contracts/observations.ts';
import type { ClusterReader, LogRecord } from '../../ports.ts';
import { PATIENCE, type Patience } from './connection.ts';
import { Deadline } from './deadline.ts';
import { KafkaUnavailable, NoSuchPartition, UnreadableLog } from './errors.ts';
import {
  EVERY_GROUP,
  LIST_GROUPS,
  decodeListedStates,
  groupView,
  type DescribeGroupsAnswer,
  type ListGroupsAnswer,
} from './group-view.ts';
import { failIf, type Link } from './internals.ts';
import { describeNewer } from './newer-group.ts';
import { committedOf, endsOf } from './offsets.ts';
import { aclsOf, brokerSettingsOf, topicSettingsOf } from './settings.ts';
import { TopicLog } from './topic-log.ts';
import { transactionalIdsOf } from './transactions.ts';
import type { Wire } from './wire.ts';

const GROUP_ID_NOT_FOUND = 69;

export function kafkaReader(cluster: string, wire: Wire, patience: Patience = PATIENCE): ClusterReader {
  const bounded = async <T>(doing: string, ms: number, work: (deadline: Deadline) => Promise<T>): Promise<T> => {
    try {
      return await work(new Deadline(ms));
    } catch (error) {
      if (error instanceof NoSuchPartition || error instanceof UnreadableLog || error instanceof TypeError) throw error;
      throw new KafkaUnavailable(cluster, doing, error);
    }
  };
  const call = <T>(doing: string, once: () => Promise<T>): Promise<T> =>
    bounded(doing, patience.callMs, (deadline) => wire.attempt(doing, deadline, once));

  const log = <T>(doing: string, topic: string, work: (log: TopicLog) => Promise<T>): Promise<T> =>
    bounded(`${doing} ${topic}`, patience.readMs, async (deadline) =>
      work(await TopicLog.open({ cluster, wire, topic, deadline })),
    );

  return {
    identity: () =>
      call('asking for its identity', async () => {
        const { clusterId, brokers } = await wire.brokers();
        return { clusterId, brokers: brokers.length };
      }),
    partitionCounts: async (topics) =>
      topics.length === 0
        ? new Map()
        : call('counting partitions', async () => {
            const layout = await wire.layout(topics);
            return new Map([...layout.topics].map(([topic, { partitions }]) => [topic, partitions.length]));
          }),
    ends: async (topics) => (topics.length === 0 ? new Map() : call('reading log ends', () => endsOf(wire, topics))),
    committed: async (group, topics) =>
      topics.length === 0
        ? new Map()
        : call(`reading the positions of "${group}"`, () => committedOf(wire, group, topics)),
    groups: async (ids) =>
      new Map(
        await Promise.all(
          ids.map(async (id) => [id, await call(`describing group "${id}"`, () => describe(wire, id))] as const),
        ),
      ),
    topicSettings: async (topics, settings) =>
      topics.length === 0 ? new Map() : call('reading topic settings', () => topicSettingsOf(wire, topics, settings)),
    brokerSettings: (settings) => call('reading broker settings', () => brokerSettingsOf(wire, settings)),
    acls: () => call('reading ACLs', () => aclsOf(wire)),
    transactionalIds: () => call('listing transactional ids', () => transactionalIdsOf(wire)),
    newestRecordMs: (topic) => log('reading the newest record of', topic, (opened) => opened.newestMs()),
    offsetAt: (topic, partition, timestampMs) =>
      log('reading', topic, async (opened) =>
        opened.partitions.includes(partition) ? opened.offsetAt(partition, timestampMs) : null,
      ),
    readLog: (topic, partition, from, options = {}) =>
      log('reading', topic, async (opened) =>
        opened.partitions.includes(partition) ? opened.records(partition, from, options) : [],
      ),
    readCompacted: (topic) =>
      log('reading', topic, async (opened) => {
        const logs = await Promise.all(
          opened.partitions.map((partition) => opened.records(partition, 'start', { committedOnly: true })),
        );
        return logs.flatMap(newestPerKey);
      }),
    countData: (topic, partition, from, to, options) =>
      log('counting records of', topic, (opened) => opened.count(partition, { from, to }, options)),
    close: async () => wire.close(),
  };
}

/** Tombstones delete, so they win over older records and are then left out. */
function newestPerKey(log: readonly LogRecord[]): readonly LogRecord[] {
  const newest = new Map<string, LogRecord>();
  for (const record of log) {
    if (record.key === null) continue;
    const key = record.key.toString('latin1');
    newest.delete(key);
    if (record.value !== null) newest.set(key, record);
  }
  return [...newest.values()];
}

async function describe(wire: Wire, id: string): Promise<GroupView> {
  const coordinator = await wire.coordinator('group', id);
  const { groups } = await coordinator.call<DescribeGroupsAnswer>('DescribeGroups', { groupIds: [id] });
  const group = groups[0];
  if (group === undefined) return { activity: 'unknown', members: [] };
  const dead = group.errorCode === GROUP_ID_NOT_FOUND || group.state === 'Dead';
  if (!dead) failIf(group.errorCode, `group "${id}"`);
  if (!dead) return groupView(group, group.state);
  const view = groupView({ ...group, state: 'Dead' }, await listedState(coordinator, id));
  return view.activity === 'active-unreadable' ? describeNewer(coordinator, id) : view;
}

/** In two steps: a cluster too old to tell states has no groups that a describe cannot read. */
async function listedState(coordinator: Link, id: string): Promise<string | undefined> {
  const list = await coordinator.call<ListGroupsAnswer>('ListGroups', {});
  failIf(list.errorCode, 'listing groups');
  if (!list.groups.some(({ groupId }) => groupId === id)) return undefined;
  const { errorCode, states } = await coordinator.raw(LIST_GROUPS, EVERY_GROUP, decodeListedStates);
  failIf(errorCode, 'listing groups with their states');
  return states.get(id);
}
