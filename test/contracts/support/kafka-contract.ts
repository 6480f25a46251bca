/** What every Kafka behind the ports promises. The in-memory fake and the real adapter pass the same suite. */
import { describe, expect, test } from '@jest/globals';
import type { Kafka } from '../../../lambdas/ports.ts';
import type { NewRecord } from '../../support/fakes/kafka.ts';

/** A Kafka under test, and what a test may do to its cluster. */
export interface KafkaLab {
  readonly kafka: Kafka;
  readonly cluster: string;
  /** A topic of its own; answers its name. */
  createTopic(partitions?: number, settings?: Readonly<Record<string, string>>): Promise<string>;
  append(topic: string, partition: number, records: readonly NewRecord[]): Promise<void>;
  begin(
    topic: string,
    partition: number,
    records: readonly NewRecord[],
  ): Promise<{ end(how: 'commit' | 'abort'): Promise<void> }>;
  /** Removes what lies before `offset`, as retention does. */
  deleteBefore(topic: string, partition: number, offset: bigint): Promise<void>;
  /** One member that owns every partition of the topic. */
  join(group: string, topic: string): Promise<{ leave(): Promise<void> }>;
}

let serial = 0;
const unique = (name: string): string => `${name}-${(serial += 1)}`;
const numbered = (count: number, from = 0): NewRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${from + i}`, value: `v${from + i}` }));
const texts = (records: readonly { readonly value: Buffer | null }[]) =>
  records.map(({ value }) => value?.toString() ?? null);

export function clusterReaderContract(make: () => KafkaLab): void {
  const reader = () => make().kafka.reader(make().cluster);
  const topicWith = async (count: number, partitions = 1): Promise<string> => {
    const topic = await make().createTopic(partitions);
    await make().append(topic, 0, numbered(count));
    return topic;
  };

  describe('topics and ends', () => {
    test('a cluster has an identity and at least one broker', async () => {
      const { clusterId, brokers } = await reader().identity();
      expect(clusterId.length).toBeGreaterThan(0);
      expect(brokers).toBeGreaterThan(0);
    });

    test('topics that do not exist are absent', async () => {
      const topic = await make().createTopic(3);
      expect(await reader().partitionCounts([topic, 'never-created'])).toEqual(new Map([[topic, 3]]));
      expect([...(await reader().ends([topic, 'never-created'])).keys()]).toEqual([topic]);
    });

    test('asking about nothing answers nothing', async () => {
      expect(await reader().partitionCounts([])).toEqual(new Map());
      expect(await reader().ends([])).toEqual(new Map());
      expect(await reader().committed('g', [])).toEqual(new Map());
    });

    test('settings of topics: those asked for, what was set and what is so by itself', async () => {
      const plain = await make().createTopic();
      const set = await make().createTopic(1, { 'cleanup.policy': 'compact', 'retention.ms': '60000' });
      const asked = ['cleanup.policy', 'retention.ms', 'min.compaction.lag.ms', 'no.such.setting'];
      expect(await reader().topicSettings([plain, set, 'never-created'], asked)).toEqual(
        new Map([
          [plain, { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'min.compaction.lag.ms': '0' }],
          [set, { 'cleanup.policy': 'compact', 'retention.ms': '60000', 'min.compaction.lag.ms': '0' }],
        ]),
      );
      expect(await reader().topicSettings([], asked)).toEqual(new Map());
    });

    test('settings of every broker: those asked for', async () => {
      const found = await reader().brokerSettings(['offsets.retention.minutes', 'no.such.setting']);
      expect([...found.values()]).toEqual([{ 'offsets.retention.minutes': '10080' }]);
    });

    test('a cluster that lets everybody in has no ACLs to list, and says so', async () => {
      expect(await reader().acls()).toEqual({ kind: 'no-authorizer' });
    });

    test('ends of every partition, exact', async () => {
      const topic = await topicWith(5, 2);
      expect((await reader().ends([topic])).get(topic)).toEqual(
        new Map([
          [0, { start: 0n, highWatermark: 5n, lastStable: 5n }],
          [1, { start: 0n, highWatermark: 0n, lastStable: 0n }],
        ]),
      );
    });

    test('an open transaction holds the last stable offset back, its marker counts as an offset', async () => {
      const topic = await topicWith(2);
      const open = await make().begin(topic, 0, numbered(3));
      expect((await reader().ends([topic])).get(topic)?.get(0)).toEqual({
        start: 0n,
        highWatermark: 5n,
        lastStable: 2n,
      });
      await open.end('commit');
      expect((await reader().ends([topic])).get(topic)?.get(0)).toEqual({
        start: 0n,
        highWatermark: 6n,
        lastStable: 6n,
      });
    });

    test('the start moves when retention takes records away', async () => {
      const topic = await topicWith(5);
      await make().deleteBefore(topic, 0, 3n);
      expect((await reader().ends([topic])).get(topic)?.get(0)?.start).toBe(3n);
    });
  });

  describe('reading records', () => {
    test('a log from its start, in order, with offsets', async () => {
      const topic = await topicWith(3);
      const log = await reader().readLog(topic, 0, 'start');
      expect(texts(log)).toEqual(['v0', 'v1', 'v2']);
      expect(log.map(({ offset }) => offset)).toEqual([0n, 1n, 2n]);
    });

    test('from an offset inside a batch', async () => {
      const topic = await topicWith(5);
      expect(texts(await reader().readLog(topic, 0, { offset: 3n }))).toEqual(['v3', 'v4']);
    });

    test('from an offset that retention has taken away: what is left', async () => {
      const topic = await topicWith(5);
      await make().deleteBefore(topic, 0, 3n);
      expect(texts(await reader().readLog(topic, 0, { offset: 1n }))).toEqual(['v3', 'v4']);
    });

    test('from a time', async () => {
      const topic = await make().createTopic();
      const at = Date.now() - 3_600_000;
      for (const minute of [0, 1, 2])
        await make().append(topic, 0, [{ value: `minute ${minute}`, timestampMs: at + minute * 60_000 }]);
      const log = await reader().readLog(topic, 0, { timestampMs: at + 60_000 });
      expect(texts(log)).toEqual(['minute 1', 'minute 2']);
      expect(log[0]?.timestampMs).toBe(at + 60_000);
    });

    test('up to an offset, the first one not wanted any more', async () => {
      const topic = await topicWith(5);
      expect(texts(await reader().readLog(topic, 0, { offset: 1n }, { to: 3n }))).toEqual(['v1', 'v2']);
      expect(texts(await reader().readLog(topic, 0, { offset: 3n }, { to: 3n }))).toEqual([]);
      expect(texts(await reader().readLog(topic, 0, { offset: 4n }, { to: 99n }))).toEqual(['v4']);
    });

    test('the first offset as young as a time', async () => {
      const topic = await make().createTopic();
      const at = Date.now() - 3_600_000;
      for (const minute of [0, 2, 1])
        await make().append(topic, 0, [{ value: `minute ${minute}`, timestampMs: at + minute * 60_000 }]);
      expect(await reader().offsetAt(topic, 0, at)).toBe(0n);
      expect(await reader().offsetAt(topic, 0, at + 60_000)).toBe(1n);
      expect(await reader().offsetAt(topic, 0, at + 120_001)).toBeNull();
      expect(await reader().offsetAt(topic, 9, at)).toBeNull();
      expect(await reader().offsetAt('never-created', 0, at)).toBeNull();
    });

    test('headers tell records apart that are equal otherwise, and equal ones are equal', async () => {
      const topic = await make().createTopic();
      const record = { key: 'k', value: 'v', timestampMs: 1_795_000_000_000 };
      for (const headers of [{ seq: '1' }, { seq: '2' }, { seq: '1' }])
        await make().append(topic, 0, [{ ...record, headers }]);
      await make().append(topic, 0, [record]);
      const [one, two, again, none] = await reader().readLog(topic, 0, 'start');
      expect(one?.headers).toEqual(again?.headers);
      expect(one?.headers).not.toEqual(two?.headers);
      expect(none?.headers).toBeUndefined();
    });

    test('a time that is not of the record but of the broker is told', async () => {
      const topic = await make().createTopic(1, { 'message.timestamp.type': 'LogAppendTime' });
      await make().append(topic, 0, [{ value: 'v' }]);
      expect((await reader().readLog(topic, 0, 'start'))[0]?.appendTime).toBe(true);
      const plain = await topicWith(1);
      expect((await reader().readLog(plain, 0, 'start'))[0]?.appendTime).toBeUndefined();
    });

    test('from a time after everything, from the end, from a topic that does not exist: nothing', async () => {
      const topic = await topicWith(2);
      expect(await reader().readLog(topic, 0, { timestampMs: Date.now() + 3_600_000 })).toEqual([]);
      expect(await reader().readLog(topic, 0, { offset: 2n })).toEqual([]);
      expect(await reader().readLog(topic, 0, { offset: 99n })).toEqual([]);
      expect(await reader().readLog('never-created', 0, 'start')).toEqual([]);
    });

    test('markers are never records; aborted ones are left out only when asked', async () => {
      const topic = await topicWith(1);
      await (await make().begin(topic, 0, [{ value: 'aborted' }])).end('abort');
      await (await make().begin(topic, 0, [{ value: 'committed' }])).end('commit');
      expect(texts(await reader().readLog(topic, 0, 'start'))).toEqual(['v0', 'aborted', 'committed']);
      expect(texts(await reader().readLog(topic, 0, 'start', { committedOnly: true }))).toEqual(['v0', 'committed']);
    });

    test('transactions overlap, and the one that began later is aborted first: nothing of both', async () => {
      const topic = await topicWith(1);
      const first = await make().begin(topic, 0, [{ value: 'aborted late' }, { value: 'aborted late, too' }]);
      const second = await make().begin(topic, 0, [{ value: 'aborted early' }]);
      const third = await make().begin(topic, 0, [{ value: 'committed' }]);
      await second.end('abort');
      await third.end('commit');
      await first.end('abort');
      const committed = { committedOnly: true };
      expect(texts(await reader().readLog(topic, 0, 'start', committed))).toEqual(['v0', 'committed']);
      expect(texts(await reader().readLog(topic, 0, { offset: 2n }, committed))).toEqual(['committed']);
      expect(await reader().countData(topic, 0, 2n, 99n, { limit: 99, ...committed })).toBe(1);
    });

    test('records of a transaction tell so, also of one that was aborted', async () => {
      const topic = await topicWith(1);
      await (await make().begin(topic, 0, [{ value: 'aborted' }])).end('abort');
      await (await make().begin(topic, 0, [{ value: 'committed' }])).end('commit');
      const log = await reader().readLog(topic, 0, 'start');
      expect(log.map(({ transactional }) => transactional)).toEqual([undefined, true, true]);
    });

    test('records of an idempotent producer tell its id, others none', async () => {
      const topic = await topicWith(1);
      await (await make().begin(topic, 0, [{ value: 'one' }, { value: 'two' }])).end('commit');
      const [plain, one, two] = (await reader().readLog(topic, 0, 'start')).map(({ producerId }) => producerId);
      expect(plain).toBeUndefined();
      expect(one).toBeGreaterThanOrEqual(0n);
      expect(two).toBe(one);
    });

    test('committed reading stops where a transaction is open, even before later plain records', async () => {
      const topic = await topicWith(1);
      const open = await make().begin(topic, 0, [{ value: 'open' }]);
      await make().append(topic, 0, [{ value: 'later' }]);
      expect(texts(await reader().readLog(topic, 0, 'start', { committedOnly: true }))).toEqual(['v0']);
      await open.end('abort');
      expect(texts(await reader().readLog(topic, 0, 'start', { committedOnly: true }))).toEqual(['v0', 'later']);
    });

    test('keys and values may be null', async () => {
      const topic = await make().createTopic();
      await make().append(topic, 0, [
        { key: null, value: 'v' },
        { key: 'k', value: null },
      ]);
      expect(await reader().readLog(topic, 0, 'start')).toMatchObject([{ key: null }, { value: null }]);
    });

    test('the newest record of a topic, over partitions and past a marker', async () => {
      const topic = await make().createTopic(2);
      expect(await reader().newestRecordMs(topic)).toBeNull();
      const at = Date.now() - 60_000;
      await make().append(topic, 0, [{ value: 'old', timestampMs: at - 5_000 }]);
      await make().append(topic, 1, [{ value: 'new', timestampMs: at }]);
      await (await make().begin(topic, 0, [{ value: 'in a transaction', timestampMs: at - 1_000 }])).end('commit');
      expect(await reader().newestRecordMs(topic)).toBe(at);
      expect(await reader().newestRecordMs('never-created')).toBeNull();
    });

    test('a compacted topic: newest record per key, no tombstones, nothing aborted', async () => {
      const topic = await make().createTopic(2);
      await make().append(topic, 0, [
        { key: 'a', value: '1' },
        { key: 'b', value: '1' },
        { key: 'a', value: '2' },
        { key: 'b', value: null },
      ]);
      await make().append(topic, 1, [{ key: 'c', value: '1' }]);
      await (await make().begin(topic, 0, [{ key: 'a', value: 'aborted' }])).end('abort');
      const records = await reader().readCompacted(topic);
      expect(records.map(({ key, value }) => `${key?.toString()}=${value?.toString()}`)).toEqual(['a=2', 'c=1']);
      expect(await reader().readCompacted('never-created')).toEqual([]);
    });
  });

  describe('counting data records', () => {
    const all = { limit: 1_000_000, committedOnly: false };

    test('between two offsets, also inside a batch', async () => {
      const topic = await topicWith(10);
      expect(await reader().countData(topic, 0, 0n, 10n, all)).toBe(10);
      expect(await reader().countData(topic, 0, 3n, 7n, all)).toBe(4);
      expect(await reader().countData(topic, 0, 7n, 7n, all)).toBe(0);
      expect(await reader().countData(topic, 0, 8n, 99n, all)).toBe(2);
    });

    test('a marker at the end is no record', async () => {
      const topic = await make().createTopic();
      await (await make().begin(topic, 0, numbered(3))).end('commit');
      expect(await reader().countData(topic, 0, 3n, 4n, all)).toBe(0);
      expect(await reader().countData(topic, 0, 0n, 4n, all)).toBe(3);
    });

    test('aborted records count unless only committed ones are wanted', async () => {
      const topic = await topicWith(1);
      await (await make().begin(topic, 0, numbered(3))).end('abort');
      await (await make().begin(topic, 0, numbered(2))).end('commit');
      expect(await reader().countData(topic, 0, 0n, 99n, all)).toBe(6);
      expect(await reader().countData(topic, 0, 0n, 99n, { ...all, committedOnly: true })).toBe(3);
    });

    test('from inside an aborted transaction', async () => {
      const topic = await make().createTopic();
      await (await make().begin(topic, 0, numbered(4))).end('abort');
      await make().append(topic, 0, numbered(1));
      expect(await reader().countData(topic, 0, 2n, 99n, { ...all, committedOnly: true })).toBe(1);
    });

    test('stops at the limit', async () => {
      const topic = await topicWith(10);
      expect(await reader().countData(topic, 0, 0n, 10n, { limit: 4, committedOnly: false })).toBe(4);
    });

    test('a partition that does not exist is an error, not zero', async () => {
      await expect(reader().countData('never-created', 0, 0n, 1n, all)).rejects.toThrow(
        'has no partition 0 of topic "never-created"',
      );
    });
  });

  describe('groups', () => {
    test('a group that nobody ever used is absent', async () => {
      expect(await reader().groups(['never-used'])).toEqual(
        new Map([['never-used', { activity: 'absent', members: [] }]]),
      );
    });

    test('a group with positions and no members is empty', async () => {
      const [topic, group] = [await topicWith(3), unique('g')];
      await commitOnce(make(), group, topic, 2n);
      expect((await reader().groups([group])).get(group)).toEqual({ activity: 'empty', members: [] });
    });

    test('a group with members is active, with assignor, subscription and assignment', async () => {
      const [topic, group] = [await make().createTopic(2), unique('g')];
      const member = await make().join(group, topic);
      try {
        const view = (await reader().groups([group])).get(group);
        expect(view).toMatchObject({
          activity: 'active',
          members: [{ subscribed: [topic], assigned: { [topic]: [0, 1] } }],
        });
        expect(view?.assignor?.length).toBeGreaterThan(0);
      } finally {
        await member.leave();
      }
    });
  });
}

async function commitOnce(
  lab: KafkaLab,
  group: string,
  topic: string,
  offset: bigint,
  id = unique('tx'),
): Promise<void> {
  const committer = await lab.kafka.openCommitter(lab.cluster, id);
  expect(await committer.commit(group, [{ topic, partition: 0, offset }])).toEqual({ kind: 'committed' });
  await committer.close();
}

export function fencedCommitterContract(make: () => KafkaLab): void {
  test('the cluster knows a transactional id from its first use on', async () => {
    const { kafka, cluster } = make();
    const id = unique('known');
    expect(await kafka.reader(cluster).transactionalIds()).not.toContain(id);
    await (await kafka.openCommitter(cluster, id)).close();
    expect(await kafka.reader(cluster).transactionalIds()).toContain(id);
  });

  const positionOf = async (group: string, topic: string, partition = 0) =>
    (await make().kafka.reader(make().cluster).committed(group, [topic])).get(topic)?.get(partition);
  /** Brokers show a commit a moment after they acknowledged it. */
  const settles = async (group: string, topic: string, offset: bigint) => {
    for (let i = 0; i < 100 && (await positionOf(group, topic)) !== offset; i += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await positionOf(group, topic)).toBe(offset);
  };

  test('partitions without a commit read null', async () => {
    const topic = await make().createTopic(2);
    expect(await make().kafka.reader(make().cluster).committed(unique('g'), [topic])).toEqual(
      new Map([
        [
          topic,
          new Map([
            [0, null],
            [1, null],
          ]),
        ],
      ]),
    );
  });

  test('commits for a group that never existed, forwards and back, offset 0 included', async () => {
    const [topic, group] = [await make().createTopic(), unique('g')];
    for (const offset of [5n, 3n, 0n]) {
      await commitOnce(make(), group, topic, offset, `tx of ${group}`);
      await settles(group, topic, offset);
    }
  });

  test('offsets beyond 2^53 stay exact', async () => {
    const [topic, group] = [await make().createTopic(), unique('g')];
    await commitOnce(make(), group, topic, 9_007_199_254_740_993n);
    await settles(group, topic, 9_007_199_254_740_993n);
  });

  test('one committer commits again and again', async () => {
    const [topic, group] = [await make().createTopic(), unique('g')];
    const committer = await make().kafka.openCommitter(make().cluster, unique('tx'));
    for (const offset of [1n, 2n, 3n])
      expect(await committer.commit(group, [{ topic, partition: 0, offset }])).toEqual({ kind: 'committed' });
    await settles(group, topic, 3n);
    await committer.close();
  });

  test('commits beside the live members of an active group', async () => {
    const [topic, other, group] = [await make().createTopic(), await make().createTopic(), unique('g')];
    const member = await make().join(group, topic);
    try {
      await commitOnce(make(), group, other, 7n);
      await settles(group, other, 7n);
      expect((await make().kafka.reader(make().cluster).groups([group])).get(group)?.activity).toBe('active');
    } finally {
      await member.leave();
    }
  });

  test('an older committer is refused and changes nothing once a newer one was opened', async () => {
    const [topic, group, id] = [await make().createTopic(), unique('g'), unique('tx')];
    const older = await make().kafka.openCommitter(make().cluster, id);
    expect(await older.commit(group, [{ topic, partition: 0, offset: 10n }])).toEqual({ kind: 'committed' });
    const newer = await make().kafka.openCommitter(make().cluster, id);
    expect(await newer.commit(group, [{ topic, partition: 0, offset: 60n }])).toEqual({ kind: 'committed' });
    await settles(group, topic, 60n);
    expect(await older.commit(group, [{ topic, partition: 0, offset: 10n }])).toEqual({ kind: 'fenced' });
    expect(await positionOf(group, topic)).toBe(60n);
    await Promise.all([older.close(), newer.close()]);
  });

  test('refused at once, before the newer one has committed anything', async () => {
    const [topic, group, id] = [await make().createTopic(), unique('g'), unique('tx')];
    const older = await make().kafka.openCommitter(make().cluster, id);
    const newer = await make().kafka.openCommitter(make().cluster, id);
    expect(await older.commit(group, [{ topic, partition: 0, offset: 10n }])).toEqual({ kind: 'fenced' });
    expect(await positionOf(group, topic)).toBeNull();
    await Promise.all([older.close(), newer.close()]);
  });

  test('another transactional id fences nobody', async () => {
    const [topic, group] = [await make().createTopic(), unique('g')];
    const first = await make().kafka.openCommitter(make().cluster, unique('tx'));
    const second = await make().kafka.openCommitter(make().cluster, unique('tx'));
    expect(await first.commit(group, [{ topic, partition: 0, offset: 1n }])).toEqual({ kind: 'committed' });
    await Promise.all([first.close(), second.close()]);
  });
}
