/** What use cases need from the world, in domain words. Adapters implement these; nothing else knows products. */
import type { DomainEvent } from '../core/contracts/events.ts';
import type { ClusterObservation, FlowObservation, GroupView, SetObservation } from '../core/contracts/observations.ts';
import type { EpochMs, Move } from '../core/contracts/primitives.ts';
import type { Acls, ReadinessLook, Settings, SubjectLook } from '../core/contracts/readiness.ts';
import type { Routing } from '../core/contracts/routing.ts';
import type {
  Adoption,
  Decision,
  HomeSample,
  HomewardRecord,
  Incarnation,
  KeptRecord,
  OutageReport,
  PairMoves,
  PairPause,
  PairScope,
  Pause,
  PositionRecord,
  Rehearsal,
  SeedRecord,
  SetState,
  StageRecord,
  StoredVerdict,
} from '../core/contracts/tables.ts';
import type { OpenQuestion, WorkflowInput } from '../core/contracts/workflow.ts';
import type { AlarmState } from '../core/health/witnesses.ts';

export interface Clock {
  nowMs(): EpochMs;
  /** Resolves after `ms`; loops that observe at an interval use it. */
  pause(ms: number): Promise<void>;
}

/** How much longer this invocation may run (Lambda's own figure). */
export interface Budget {
  remainingMs(): number;
}

/** topic -> partition -> T. A topic or partition that does not exist is absent. */
export type ByPartition<T> = ReadonlyMap<string, ReadonlyMap<number, T>>;

export interface Ends {
  readonly start: bigint;
  readonly highWatermark: bigint;
  readonly lastStable: bigint;
}

export interface LogRecord {
  readonly offset: bigint;
  readonly timestampMs: EpochMs;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** As they stand in the log, undecoded; absent = none. */
  readonly headers?: Buffer;
  /** The time is that of the broker, not of the record: two copies of one record differ in it. */
  readonly appendTime?: true;
  /** Written in a transaction, whatever became of it. */
  readonly transactional?: true;
  /** Of the idempotent producer that wrote it: one id for each life of a producer. Absent = it was not idempotent. */
  readonly producerId?: bigint;
}

/** Climbs the ladder of one cluster. Never throws: a failure is an observation. */
export interface ClusterProbe {
  climb(cluster: string): Promise<Omit<ClusterObservation, 'pair' | 'vantage' | 'atMs'>>;
}

/**
 * Reads one cluster. Every call is bounded by a deadline and throws `KafkaUnavailable` (adapters/kafka/errors.ts) when
 * the cluster does not answer in time, so that a use case can tell "could not look" from "saw nothing".
 */
export interface ClusterReader {
  identity(): Promise<{ readonly clusterId: string; readonly brokers: number }>;
  /** Number of partitions; topics that do not exist are absent. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  ends(topics: readonly string[]): Promise<ByPartition<Ends>>;
  /** Committed positions of existing partitions; null = no commit. */
  committed(group: string, topics: readonly string[]): Promise<ByPartition<bigint | null>>;
  groups(ids: readonly string[]): Promise<ReadonlyMap<string, GroupView>>;
  /** The named settings of each topic, defaults included; topics that do not exist and unknown settings are absent. */
  topicSettings(topics: readonly string[], settings: readonly string[]): Promise<ReadonlyMap<string, Settings>>;
  /** The named settings of each broker, defaults included; unknown settings are absent. */
  brokerSettings(settings: readonly string[]): Promise<ReadonlyMap<number, Settings>>;
  /** Every ACL of the cluster. */
  acls(): Promise<Acls>;
  /** Those that we may see, of producers that live and of those that are not forgotten yet (a week). */
  transactionalIds(): Promise<readonly string[]>;
  /** Timestamp of the newest data record of a topic, or null when it has none or does not exist. */
  newestRecordMs(topic: string): Promise<EpochMs | null>;
  /** First offset whose record is as young as this or younger; null = there is none, or no such partition. */
  offsetAt(topic: string, partition: number, timestampMs: EpochMs): Promise<bigint | null>;
  /**
   * All data records of a partition from a point on to the present end, in log order. `committedOnly`: up to the last
   * stable offset, without aborted ones. `to`: first offset not wanted any more.
   */
  readLog(
    topic: string,
    partition: number,
    from: 'start' | { readonly offset: bigint } | { readonly timestampMs: EpochMs },
    options?: { readonly committedOnly?: boolean; readonly to?: bigint },
  ): Promise<readonly LogRecord[]>;
  /** Newest committed record per key over all partitions of a compacted topic; tombstones are left out. */
  readCompacted(topic: string): Promise<readonly LogRecord[]>;
  /** Counts data records (neither control nor, if `committedOnly`, aborted) with from <= offset < to; stops at `limit`. */
  countData(
    topic: string,
    partition: number,
    from: bigint,
    to: bigint,
    options: { readonly limit: number; readonly committedOnly: boolean },
  ): Promise<number>;
  close(): Promise<void>;
}

/** One position to commit for a group. */
export interface NewPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Commits positions of application groups. Opening it fences every earlier holder of the same transactional id. */
export interface FencedCommitter {
  /** Commits all or nothing. `fenced`: somebody opened it after us; nothing was written. */
  commit(
    group: string,
    positions: readonly NewPosition[],
  ): Promise<{ readonly kind: 'committed' } | { readonly kind: 'fenced' }>;
  close(): Promise<void>;
}

/** A Confluent-compatible schema registry. Every call is bounded and throws `RegistryUnavailable` when it is not answered. */
export interface SchemaRegistry {
  /** null = no such subject. The newest versions, oldest of them first. */
  subject(name: string): Promise<SubjectLook | null>;
  /** Fingerprint of what the id means; null = nothing. */
  schema(id: number): Promise<string | null>;
}

export interface SchemaRegistries {
  /** undefined = the configuration names none for this cluster. */
  registry(cluster: string): SchemaRegistry | undefined;
}

/** Kafka as use cases see it: by cluster alias. Readers are cached per invocation and closed by the handler's wrapper. */
export interface Kafka {
  reader(cluster: string): ClusterReader;
  openCommitter(cluster: string, transactionalId: string): Promise<FencedCommitter>;
}

/** One region's observations, written by its probes. Queries answer oldest first. */
export interface Observations {
  putCluster(observation: ClusterObservation): Promise<void>;
  putFlow(observation: FlowObservation): Promise<void>;
  putSet(observation: SetObservation): Promise<void>;
  clustersSince(cluster: string, sinceMs: EpochMs): Promise<readonly ClusterObservation[]>;
  /** Both instants included; without `untilMs` to the newest. */
  flowsSince(source: string, target: string, sinceMs: EpochMs, untilMs?: EpochMs): Promise<readonly FlowObservation[]>;
  newestSet(clientSet: string): Promise<SetObservation | null>;
  putReadiness(look: ReadinessLook): Promise<void>;
  newestReadiness(clientSet: string): Promise<ReadinessLook | null>;
  /** Newest wins: takes the lease at once; the earlier holder's `holds` is false from then on. */
  takeLease(name: string, owner: string): Promise<void>;
  holdsLease(name: string, owner: string): Promise<boolean>;
}

/** The control table of one region. Reads are strongly consistent. All of one pair; keys are the adapter's. */
export interface ControlTable {
  readSet(clientSet: string): Promise<SetState | null>;
  /** Writes only if the stored version is `next.version - 1` (or nothing is stored and `next.version` is 1). */
  writeSet(next: SetState): Promise<'written' | 'conflict'>;

  /** Append-only; the same id twice is one decision. */
  putDecision(decision: Decision): Promise<void>;
  /** Newest first. */
  decisions(clientSet: string, limit: number): Promise<readonly Decision[]>;

  verdict(subject: string): Promise<StoredVerdict | null>;
  putVerdict(verdict: StoredVerdict): Promise<void>;
  /** Replaces the verdict only if it is still that of the same turn, by `judgedAtMs`. */
  reviseVerdict(verdict: StoredVerdict): Promise<void>;

  putHomeSample(clientSet: string, sample: HomeSample): Promise<void>;
  homeSamples(clientSet: string): Promise<readonly HomeSample[]>;
  /** As a home sample, of the refuge's own topics while the set lives there; kept in the home region. */
  putRefugeSample(clientSet: string, sample: HomeSample): Promise<void>;
  refugeSamples(clientSet: string): Promise<readonly HomeSample[]>;
  /** Where groups would go on at home without the refuge; kept in the home region. */
  putHomeward(clientSet: string, record: HomewardRecord): Promise<void>;
  homeward(clientSet: string): Promise<readonly HomewardRecord[]>;
  putSeed(clientSet: string, seed: SeedRecord): Promise<void>;
  seeds(clientSet: string): Promise<readonly SeedRecord[]>;
  putKept(clientSet: string, kept: KeptRecord): Promise<void>;
  kept(clientSet: string): Promise<readonly KeptRecord[]>;
  putPositions(clientSet: string, record: PositionRecord): Promise<void>;
  positions(clientSet: string, epoch: number): Promise<readonly PositionRecord[]>;
  /** The newest epoch before this one that has stored any; null = there is none. */
  pinnedBefore(clientSet: string, epoch: number): Promise<number | null>;

  putAdoption(adoption: Adoption): Promise<void>;
  adoption(client: Pick<Adoption, 'clientSet' | 'role' | 'clientId'>): Promise<Adoption | null>;
  adoptions(clientSet: string): Promise<readonly Adoption[]>;

  stage(clientSet: string, epoch: number, stage: string): Promise<StageRecord | null>;
  stages(clientSet: string, epoch: number): Promise<readonly StageRecord[]>;
  putStage(clientSet: string, record: StageRecord): Promise<void>;

  question(clientSet: string): Promise<OpenQuestion | null>;
  putQuestion(clientSet: string, question: OpenQuestion): Promise<void>;
  /** Replaces the question only if it is still this one, by its task token. */
  reviseQuestion(clientSet: string, question: OpenQuestion): Promise<void>;
  /** Removes the question only if it is still this one. */
  clearQuestion(clientSet: string, taskToken: string): Promise<void>;

  /** Pauses of the pair and of its clusters, also those whose time is over. */
  pauses(): Promise<readonly PairPause[]>;
  /** One per scope: the newest stands. */
  putPause(pause: PairPause): Promise<void>;
  removePause(scope: PairScope): Promise<void>;

  rehearsal(clientSet: string): Promise<Rehearsal | null>;
  /** The newest stands. */
  putRehearsal(clientSet: string, rehearsal: Rehearsal): Promise<void>;

  incarnation(cluster: string): Promise<Incarnation | null>;
  putIncarnation(incarnation: Incarnation): Promise<void>;
}

/** What all pairs of this region have in common. Every call is bounded and throws when the table does not answer. */
export interface SharedLimits {
  /** Name of the table, for sentences. */
  readonly table: string;
  /** The pause of every pair, also one whose time is over; null = none. Strongly consistent. */
  pause(): Promise<Pause | null>;
  /** The newest stands. */
  putPause(pause: Pause): Promise<void>;
  removePause(): Promise<void>;
  /** Also those whose time is over. Strongly consistent. */
  moves(): Promise<PairMoves>;
  /** Only if the stored version is one less. */
  writeMoves(next: PairMoves): Promise<'written' | 'conflict'>;
  /** The last one of each pair, by name. Strongly consistent; a day without another, and it is gone. */
  reports(): Promise<readonly OutageReport[]>;
  /** The newest of a pair stands. */
  putReport(report: OutageReport): Promise<void>;
}

export type RoutingReading =
  | { readonly kind: 'present'; readonly text: string; readonly version: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreachable'; readonly because: string };

export type RoutingWrite =
  | { readonly kind: 'written'; readonly version: number }
  /** The region did not answer in time or refused; the value there may be either. */
  | { readonly kind: 'unreachable'; readonly because: string };

/** SSM parameters of a client set in one region, 2 s per call. Refuses (throws) a value above MAX_ROUTING_BYTES. */
export interface RoutingStore {
  read(region: string, clientSet: string): Promise<RoutingReading>;
  /** Writes the routing value, then the plain parameters, each only where it differs. */
  write(region: string, routing: Routing): Promise<RoutingWrite>;
  /** Plain parameters that do not equal what the routing says, by path. */
  plainDrift(region: string, routing: Routing): Promise<readonly string[]>;
}

/** CloudWatch alarms, metric and composite ones, by region. */
export interface Alarms {
  /** By name; names that do not exist are absent. Throws when the region does not answer. */
  states(region: string, names: readonly string[]): Promise<ReadonlyMap<string, AlarmState>>;
}

/** A parameter of no meaning beside a set's routing: whether it can be put now tells whether a move could be finished. */
export interface Scratch {
  /** 2 s per call. `busy`: the service answered, but takes no more just now; a step that puts would try again. */
  put(
    region: string,
    clientSet: string,
    text: string,
  ): Promise<{ readonly kind: 'written' } | { readonly kind: 'busy' | 'unreachable'; readonly because: string }>;
}

/** Functions of other people that are asked before a move. Never throws: no answer is an answer too. */
export interface Hooks {
  ask(
    functionArn: string,
    question: unknown,
    patienceMs: number,
  ): Promise<
    { readonly kind: 'answered'; readonly answer: unknown } | { readonly kind: 'failed'; readonly because: string }
  >;
}

export interface EventSink {
  /** Throws if the bus did not take the event. Use cases report through shared/tell.ts, which does not. */
  report(event: DomainEvent): Promise<void>;
}

export interface Notifier {
  /** Throws if the topic did not take the message. Use cases notify through shared/tell.ts, which does not. */
  notify(message: { readonly subject: string; readonly body: string }): Promise<void>;
}

/** Step Functions. */
export interface Workflows {
  start(
    machine: Move,
    input: Partial<WorkflowInput> & Pick<WorkflowInput, 'pair' | 'clientSet' | 'reason'>,
  ): Promise<{ readonly execution: string }>;
  status(execution: string): Promise<'running' | 'ended' | 'unknown'>;
  /** What an execution ended with: its output as JSON text, or the cause of its failure. Null while it runs or is unknown. */
  result(
    execution: string,
  ): Promise<{ readonly output?: string | undefined; readonly cause?: string | undefined } | null>;
  /** Answers a waiting task. `gone`: it is not waiting any more (answered, timed out, or its execution ended). */
  answer(
    taskToken: string,
    output: { readonly kind: string; readonly by: string; readonly note?: string },
  ): Promise<'answered' | 'gone'>;
}

/** Metrics in the embedded metric format, flushed by the handler's wrapper. */
export interface Metrics {
  put(
    name: string,
    value: number,
    unit: 'Count' | 'Milliseconds' | 'Seconds',
    dimensions: Readonly<Record<string, string>>,
  ): void;
}

export interface Log {
  info(message: string, data?: Readonly<Record<string, unknown>>): void;
  warn(message: string, data?: Readonly<Record<string, unknown>>): void;
  error(message: string, data?: Readonly<Record<string, unknown>>): void;
}

/** Everything; use cases take `Pick<Ports, ...>` of what they need. */
export interface Ports {
  readonly clock: Clock;
  readonly budget: Budget;
  readonly probe: ClusterProbe;
  readonly kafka: Kafka;
  readonly schemaRegistries: SchemaRegistries;
  /** This region's table, and any vantage's table by region. */
  readonly observations: Observations;
  observationsOf(region: string): Observations;
  readonly alarms: Alarms;
  readonly control: ControlTable;
  controlOf(region: string): ControlTable;
  /** null = the configuration names no table above the pairs. */
  readonly shared: SharedLimits | null;
  readonly routing: RoutingStore;
  readonly scratch: Scratch;
  readonly hooks: Hooks;
  readonly events: EventSink;
  readonly notifier: Notifier;
  readonly workflows: Workflows;
  readonly metrics: Metrics;
  readonly log: Log;
}
