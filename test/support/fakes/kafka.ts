/**
 * Kafka in memory, behind the same ports: logs with markers and aborted data, groups, fencing, clusters that die and come back.
 * It passes the suite that the real adapter passes (test/contracts/kafka-ports.test.ts).
 */
import type { GroupView } from '../../../core/contracts/observations.ts';
import type { Acls, Settings } from '../../../core/contracts/readiness.ts';
import { KafkaUnavailable, NoSuchPartition } from '../../../lambdas/adapters/kafka/errors.ts';
import type {
  ByPartition,
  ClusterReader,
  FencedCommitter,
  Kafka,
  LogRecord,
  NewPosition,
} from '../../../lambdas/ports.ts';

export interface NewRecord {
  readonly key?: string | Buffer | null;
  readonly value?: string | Buffer | null;
  readonly timestampMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of an idempotent producer. */
  readonly producerId?: bigint;
}

type State = 'plain' | 'open' | 'committed' | 'aborted' | 'marker';

interface StoredRecord extends LogRecord {
  state: State;
}

interface Log {
  start: bigint;
  next: bigint;
  records: StoredRecord[];
}

export type Member = GroupView['members'][number];

interface Group {
  readonly positions: Map<string, bigint>;
  readonly members: Map<string, Member>;
  assignor: string;
  unreadable: boolean;
}

export interface OpenTransaction {
  end(how: 'commit' | 'abort'): void;
}

/** What a broker says of a topic that was created without settings. */
export const DEFAULT_SETTINGS: Settings = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
  'min.compaction.lag.ms': '0',
  'min.insync.replicas': '1',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
};

const bytes = (content: string | Buffer | null | undefined): Buffer | null =>
  content === null || content === undefined ? null : Buffer.from(content);
const place = (topic: string, partition: number): string => `${partition} ${topic}`;

/** One cluster. What tests do to it is here; what the project sees of it is `reader()`. */
export class FakeCluster {
  readonly alias: string;
  clusterId: string;
  brokers = 1;
  /** Reads and commits throw KafkaUnavailable while false; logs and groups stay. */
  isUp = true;
  /** Epoch of each transactional id. */
  readonly epochs = new Map<string, number>();
  acls: Acls = { kind: 'no-authorizer' };
  brokerSettings: Settings = { 'offsets.retention.minutes': '10080' };
  readonly #topics = new Map<string, Log[]>();
  readonly #settings = new Map<string, Settings>();
  readonly #groups = new Map<string, Group>();
  readonly #nowMs: () => number;
  /** The newest id of an idempotent producer. */
  #producers = 0n;

  constructor(alias: string, nowMs: () => number) {
    this.alias = alias;
    this.clusterId = `id-of-${alias}`;
    this.#nowMs = nowMs;
  }

  createTopic(topic: string, partitions = 1): void {
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ start: 0n, next: 0n, records: [] })),
    );
  }

  /** Over what a topic has by itself. */
  setSettings(topic: string, settings: Settings): void {
    this.#settings.set(topic, { ...this.#settings.get(topic), ...settings });
  }

  /** Positions of groups go with it, as on a broker. */
  deleteTopic(topic: string): void {
    for (const partition of this.#topics.get(topic)?.keys() ?? [])
      for (const { positions } of this.#groups.values()) positions.delete(place(topic, partition));
    this.#topics.delete(topic);
    this.#settings.delete(topic);
  }

  /** Empty, and with another identity, as after a rebuild from nothing. */
  rebuild(): void {
    this.clusterId = `${this.clusterId}-rebuilt`;
    this.#topics.clear();
    this.#groups.clear();
    this.epochs.clear();
  }

  append(topic: string, partition: number, records: readonly NewRecord[]): void {
    for (const record of records) this.#store(topic, partition, record, 'plain');
  }

  /** Records whose fate is open; `end` writes the marker. */
  begin(topic: string, partition: number, records: readonly NewRecord[]): OpenTransaction {
    const producerId = (this.#producers += 1n);
    const stored = records.map((record) => this.#store(topic, partition, { producerId, ...record }, 'open'));
    return {
      end: (how) => {
        for (const record of stored) record.state = how === 'commit' ? 'committed' : 'aborted';
        this.#store(topic, partition, {}, 'marker');
      },
    };
  }

  /** As retention does. */
  deleteBefore(topic: string, partition: number, offset: bigint): void {
    const log = this.#log(topic, partition);
    log.start = offset;
    log.records = log.records.filter((record) => record.offset >= offset);
  }

  commit(group: string, topic: string, partition: number, offset: bigint): void {
    this.#group(group).positions.set(place(topic, partition), offset);
  }

  /** As when it expires, or somebody deletes it. */
  forget(group: string, topic: string, partition: number): void {
    this.#group(group).positions.delete(place(topic, partition));
  }

  join(group: string, member: Member, assignor = 'range'): void {
    this.#group(group).members.set(member.memberId, member);
    this.#group(group).assignor = assignor;
  }

  leave(group: string, memberId: string): void {
    this.#group(group).members.delete(memberId);
  }

  /** As a group of the newer protocol (KIP-848) looks whose broker does not describe it; with members, as while partitions change hands. */
  makeUnreadable(group: string): void {
    this.#group(group).unreadable = true;
  }

  /** Position of a group; undefined = no commit. */
  position(group: string, topic: string, partition: number): bigint | undefined {
    return this.#groups.get(group)?.positions.get(place(topic, partition));
  }

  reader(): ClusterReader {
    const ends = async (topics: readonly string[]) => (
      this.#mustBeUp('reading log ends'),
      this.#table(topics, (log) => endsOf(log))
    );
    return {
      identity: async () => (
        this.#mustBeUp('asking for its identity'),
        { clusterId: this.clusterId, brokers: this.brokers }
      ),
      partitionCounts: async (topics) => {
        this.#mustBeUp('counting partitions');
        return new Map(
          topics.flatMap((topic) =>
            this.#topics.has(topic) ? [[topic, this.#topics.get(topic)!.length] as const] : [],
          ),
        );
      },
      ends,
      committed: async (group, topics) => {
        this.#mustBeUp('reading positions');
        return this.#table(topics, (_log, topic, partition) => this.position(group, topic, partition) ?? null);
      },
      groups: async (ids) => (this.#mustBeUp('describing groups'), new Map(ids.map((id) => [id, this.#view(id)]))),
      topicSettings: async (topics, settings) => {
        this.#mustBeUp('reading topic settings');
        return new Map(
          topics.flatMap((topic) => (this.#topics.has(topic) ? [[topic, this.#settingsOf(topic, settings)]] : [])),
        );
      },
      brokerSettings: async (settings) => {
        this.#mustBeUp('reading broker settings');
        const asked = Object.entries(this.brokerSettings).filter(([name]) => settings.includes(name));
        return new Map(Array.from({ length: this.brokers }, (_, i) => [i + 1, Object.fromEntries(asked)]));
      },
      acls: async () => (this.#mustBeUp('reading ACLs'), this.acls),
      transactionalIds: async () => (this.#mustBeUp('listing transactional ids'), [...this.epochs.keys()].toSorted()),
      newestRecordMs: async (topic) => {
        this.#mustBeUp('reading the newest record');
        const data = (this.#topics.get(topic) ?? []).flatMap((log) => log.records.filter(isData).slice(-1));
        return data.length === 0 ? null : Math.max(...data.map((record) => record.timestampMs));
      },
      offsetAt: async (topic, partition, timestampMs) => {
        this.#mustBeUp('reading a log');
        const found = this.#topics.get(topic)?.[partition]?.records.find((one) => one.timestampMs >= timestampMs);
        return found?.offset ?? null;
      },
      readLog: async (topic, partition, from, options = {}) => {
        this.#mustBeUp('reading a log');
        const log = this.#topics.get(topic)?.[partition];
        if (log === undefined) return [];
        const first = startOf(log, from);
        return visible(log, options.committedOnly ?? false)
          .filter((record) => record.offset >= first && (options.to === undefined || record.offset < options.to))
          .map((record) => this.#asRead(topic, record));
      },
      readCompacted: async (topic) => {
        this.#mustBeUp('reading a compacted topic');
        return (this.#topics.get(topic) ?? []).flatMap((log) => newestPerKey(visible(log, true).map(asRead)));
      },
      countData: async (topic, partition, from, to, { limit, committedOnly }) => {
        this.#mustBeUp('counting records');
        const log = this.#topics.get(topic)?.[partition];
        if (log === undefined) throw new NoSuchPartition(this.alias, topic, partition);
        const count = visible(log, committedOnly).filter(({ offset }) => offset >= from && offset < to).length;
        return Math.min(limit, count);
      },
      close: async () => undefined,
    };
  }

  async openCommitter(transactionalId: string): Promise<FencedCommitter> {
    this.#mustBeUp('opening a committer');
    const epoch = (this.epochs.get(transactionalId) ?? -1) + 1;
    this.epochs.set(transactionalId, epoch);
    return {
      commit: async (group, positions: readonly NewPosition[]) => {
        this.#mustBeUp('committing');
        if (this.epochs.get(transactionalId) !== epoch) return { kind: 'fenced' };
        for (const { topic, partition } of positions) this.#log(topic, partition);
        for (const { topic, partition, offset } of positions) this.commit(group, topic, partition, offset);
        return { kind: 'committed' };
      },
      close: async () => undefined,
    };
  }

  #mustBeUp(doing: string): void {
    if (!this.isUp)
      throw new KafkaUnavailable(
        this.alias,
        doing,
        Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      );
  }

  #store(topic: string, partition: number, record: NewRecord, state: State): StoredRecord {
    const log = this.#log(topic, partition);
    const stored: StoredRecord = {
      offset: log.next,
      timestampMs: record.timestampMs ?? this.#nowMs(),
      key: bytes(record.key),
      value: bytes(record.value),
      ...(record.headers && { headers: Buffer.from(JSON.stringify(record.headers)) }),
      ...(record.producerId !== undefined && { producerId: record.producerId }),
      state,
    };
    log.next += 1n;
    log.records.push(stored);
    return stored;
  }

  #log(topic: string, partition: number): Log {
    const log = this.#topics.get(topic)?.[partition];
    if (log === undefined)
      throw new KafkaUnavailable(
        this.alias,
        `using ${place(topic, partition)}`,
        new NoSuchPartition(this.alias, topic, partition),
      );
    return log;
  }

  #asRead(topic: string, record: StoredRecord): LogRecord {
    const isAppendTime = this.#settings.get(topic)?.['message.timestamp.type'] === 'LogAppendTime';
    return { ...asRead(record), ...(isAppendTime && { appendTime: true }) };
  }

  #settingsOf(topic: string, names: readonly string[]): Settings {
    const all = { ...DEFAULT_SETTINGS, ...this.#settings.get(topic) };
    return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  }

  #group(id: string): Group {
    const group = this.#groups.get(id) ?? { positions: new Map(), members: new Map(), assignor: '', unreadable: false };
    this.#groups.set(id, group);
    return group;
  }

  #view(id: string): GroupView {
    const group = this.#groups.get(id);
    if (group === undefined) return { activity: 'absent', members: [] };
    if (group.unreadable) return { activity: 'active-unreadable', members: [...group.members.values()] };
    if (group.members.size > 0)
      return { activity: 'active', assignor: group.assignor, members: [...group.members.values()] };
    // A broker forgets a group that has neither members nor positions.
    return { activity: group.positions.size > 0 ? 'empty' : 'absent', members: [] };
  }

  #table<T>(topics: readonly string[], value: (log: Log, topic: string, partition: number) => T): ByPartition<T> {
    return new Map(
      topics.flatMap((topic) => {
        const logs = this.#topics.get(topic);
        return logs === undefined
          ? []
          : [[topic, new Map(logs.map((log, partition) => [partition, value(log, topic, partition)]))] as const];
      }),
    );
  }
}

const isData = (record: StoredRecord): boolean => record.state !== 'marker';
const lastStable = (log: Log): bigint => log.records.find((record) => record.state === 'open')?.offset ?? log.next;
const endsOf = (log: Log) => ({ start: log.start, highWatermark: log.next, lastStable: lastStable(log) });
const asRead = ({ offset, timestampMs, key, value, headers, producerId, state }: StoredRecord): LogRecord => ({
  offset,
  timestampMs,
  key,
  value,
  ...(headers && { headers }),
  ...(state !== 'plain' && { transactional: true }),
  ...(producerId !== undefined && { producerId }),
});

const visible = (log: Log, committedOnly: boolean): readonly StoredRecord[] =>
  log.records.filter(
    (record) => isData(record) && !(committedOnly && (record.state === 'aborted' || record.offset >= lastStable(log))),
  );

function startOf(log: Log, from: Parameters<ClusterReader['readLog']>[2]): bigint {
  if (from === 'start') return log.start;
  if ('offset' in from) return from.offset;
  return log.records.find((record) => record.timestampMs >= from.timestampMs)?.offset ?? log.next;
}

function newestPerKey(records: readonly LogRecord[]): readonly LogRecord[] {
  const newest = new Map<string, LogRecord>();
  for (const record of records) {
    if (record.key === null) continue;
    newest.delete(record.key.toString('latin1'));
    if (record.value !== null) newest.set(record.key.toString('latin1'), record);
  }
  return [...newest.values()];
}

export interface FakeKafka extends Kafka {
  cluster(alias: string): FakeCluster;
}

/** Clusters K1 and K2 unless told otherwise. */
export function fakeKafka({
  aliases = ['K1', 'K2'],
  nowMs = Date.now,
}: { readonly aliases?: readonly string[]; readonly nowMs?: () => number } = {}): FakeKafka {
  const clusters = new Map(aliases.map((alias) => [alias, new FakeCluster(alias, nowMs)]));
  const cluster = (alias: string): FakeCluster => {
    const found = clusters.get(alias);
    if (found === undefined) throw new Error(`no fake cluster "${alias}"; there are: ${aliases.join(', ')}`);
    return found;
  };
  return {
    cluster,
    reader: (alias) => cluster(alias).reader(),
    openCommitter: (alias, id) => cluster(alias).openCommitter(id),
  };
}
