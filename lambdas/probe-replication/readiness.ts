/**
 * The slow look at both sides of a client set: topic settings, offset syncs, connector settings, ACLs, schemas. Readiness is
 * judged from it. A part that cannot be read says why; while a whole cluster is out of reach the earlier look stands.
 */
import { names } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { ClusterConfig, PairConfig } from '../../core/config/schema.ts';
import type {
  MirrorLook,
  Reading,
  ReadinessLook,
  RegistryLook,
  Settings,
  SideLook,
  SubjectLook,
} from '../../core/contracts/readiness.ts';
import { OFFSETS_RETENTION } from '../../core/readiness/offsets-retention.ts';
import { COMPARED_SETTINGS } from '../../core/readiness/topics.ts';
import { flowNames, offsetSyncs } from '../../core/replication/names.ts';
import type { Flow } from '../../core/replication/names.ts';
import { decodeConnectorSettings } from '../../core/replication/records.ts';
import { newestCopy } from '../gather/copies.ts';
import { inTime } from '../gather/in-time.ts';
import { mapInBatches, READS_AT_ONCE } from '../gather/partitions.ts';
import { namingOf } from '../gather/syncs.ts';
import type { LogRecord, Ports, SchemaRegistry } from '../ports.ts';
import { unreadableAt, unreadableSettings, unreadableSyncs } from './unreadable.ts';

type Needs = Pick<Ports, 'kafka' | 'schemaRegistries' | 'observations' | 'control' | 'clock' | 'log'>;

/** Begins a look when the last one, also a failed one, is old enough; remembered for as long as the process lives. */
export function lookAtReadiness(ports: Needs, config: PairConfig): (placed: PlacedSet) => Promise<void> {
  const begunAtMs = new Map<string, number>();
  return async (placed) => {
    const nowMs = ports.clock.nowMs();
    const last = begunAtMs.get(placed.name) ?? (await ports.observations.newestReadiness(placed.name))?.atMs;
    if (last !== undefined && Math.abs(nowMs - last) < config.readiness.everySeconds * 1000) return;
    begunAtMs.set(placed.name, nowMs);
    await lookOnce(ports, config, placed);
  };
}

async function lookOnce(ports: Needs, config: PairConfig, placed: PlacedSet): Promise<void> {
  const atMs = ports.clock.nowMs();
  const gone = await whoIsGone(ports, [placed.home, placed.refuge]);
  if (gone.size > 0 && (await ports.observations.newestReadiness(placed.name)) !== null) {
    const because = [...gone.values()];
    ports.log.warn('both sides were not compared, the earlier comparison stands', { clientSet: placed.name, because });
    return;
  }
  const at = { ports, config, placed, gone };
  const [home, there, outbound, inbound, sharedTransactionalIds] = await Promise.all([
    lookAtSide(at, placed.home),
    lookAtSide(at, placed.refuge),
    lookAtMirror(at, { source: placed.home, target: placed.refuge }),
    lookAtMirror(at, { source: placed.refuge, target: placed.home }),
    idsOnBothSides(at),
  ]);
  const refuge = await withHomeIds(at, there, home);
  const look: ReadinessLook = {
    pair: config.pair,
    clientSet: placed.name,
    atMs,
    home,
    refuge,
    outbound,
    inbound,
    sharedTransactionalIds,
  };
  await ports.observations.putReadiness(look);
}

interface Place {
  readonly ports: Needs;
  readonly config: PairConfig;
  readonly placed: PlacedSet;
  /** Clusters that cannot be asked now, and why. */
  readonly gone: ReadonlyMap<string, string>;
}

/** One failed question is enough: a dead cluster would cost a deadline for each of the others. */
async function whoIsGone(ports: Needs, aliases: readonly string[]): Promise<Place['gone']> {
  const asked = await Promise.all(aliases.map((alias) => read(() => ports.kafka.reader(alias).identity())));
  return new Map(
    asked.flatMap((reading, i) => (reading.kind === 'unread' ? [[aliases[i]!, reading.because] as const] : [])),
  );
}

async function read<T>(work: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: 'read', value: await work() };
  } catch (error) {
    return { kind: 'unread', because: (error instanceof Error ? error.message : String(error)).slice(0, 300) };
  }
}

type Reader = ReturnType<Needs['kafka']['reader']>;

async function ask<T>(
  { ports, gone }: Place,
  alias: string,
  work: (cluster: Reader) => Promise<T>,
): Promise<Reading<T>> {
  const because = gone.get(alias);
  return because === undefined ? read(() => work(ports.kafka.reader(alias))) : { kind: 'unread', because };
}

/** A registry may answer although its cluster does not. */
async function lookAtSide(place: Place, alias: string): Promise<SideLook> {
  const { ports, config, placed } = place;
  const [topics, acls, brokers, registry] = await Promise.all([
    ask(place, alias, (cluster) => settingsByTopic(cluster, placed.set.topics)),
    hasAcls(config.clusters[alias]) ? ask(place, alias, (cluster) => cluster.acls()) : NO_ACLS,
    ask(place, alias, async (cluster) => Object.fromEntries(await cluster.brokerSettings([OFFSETS_RETENTION]))),
    lookAtRegistry(ports.schemaRegistries.registry(alias), subjectsOf(config, placed), registryLimitMs(config)),
  ]);
  return { topics, acls, brokers, ...(registry === undefined ? {} : { registry }) };
}

const hasAcls = (cluster: ClusterConfig | undefined): boolean => cluster?.security.kind !== 'msk-iam';
const NO_ACLS: SideLook['acls'] = { kind: 'unread', because: 'rights on this cluster are IAM policies' };

async function settingsByTopic(cluster: Reader, topics: readonly string[]): Promise<Record<string, Settings | null>> {
  const found = await cluster.topicSettings(topics, Object.keys(COMPARED_SETTINGS));
  return Object.fromEntries(topics.map((topic) => [topic, found.get(topic) ?? null]));
}

const SYNCS_SETTINGS = ['cleanup.policy', 'min.compaction.lag.ms'];

async function lookAtMirror(place: Place, flow: Flow): Promise<MirrorLook> {
  const { config } = place;
  const naming = namingOf(config);
  const { topic, cluster } = offsetSyncs(flow, config.replication.offsetSyncsLocation, naming);
  const ofFlow = flowNames(flow, naming);
  const { connectConfigs, copiedHeartbeats } = ofFlow;
  const [syncs, settings, copies, atTarget, ofSyncs] = await Promise.all([
    ask(place, cluster, async (reader) => (await reader.topicSettings([topic], SYNCS_SETTINGS)).get(topic) ?? null),
    ask(place, flow.target, (target) => target.readCompacted(connectConfigs)),
    ask(place, flow.target, (target) => newestCopy(target, copiedHeartbeats)),
    ask(place, flow.target, (target) => unreadableAt(target, ofFlow)),
    ask(place, cluster, (reader) => unreadableSyncs(reader, topic)),
  ]);
  return {
    syncs,
    connectors: inReading(settings, connectorsOf),
    copies,
    unreadable: together(
      ofSyncs,
      atTarget,
      inReading(settings, (records) => unreadableSettings(connectConfigs, records)),
    ),
  };
}

const inReading = <T, U>(reading: Reading<T>, work: (value: T) => U): Reading<U> =>
  reading.kind === 'read' ? { kind: 'read', value: work(reading.value) } : reading;

const together = <T>(...readings: readonly Reading<readonly T[]>[]): Reading<T[]> =>
  readings.every((one) => one.kind === 'read')
    ? { kind: 'read', value: readings.flatMap(({ value }) => value) }
    : unreadOf(...readings);

/** A cluster may know thousands; people need to see that there are some. */
const MOST_IDS = 100;

async function idsOnBothSides(place: Place): Promise<Reading<string[]>> {
  const [home, refuge] = await Promise.all(
    [place.placed.home, place.placed.refuge].map((alias) => ask(place, alias, (cluster) => cluster.transactionalIds())),
  );
  if (home?.kind !== 'read' || refuge?.kind !== 'read') return unreadOf(home, refuge);
  const there = new Set(refuge.value);
  const value = home.value.filter((id) => there.has(id) && !id.startsWith(names.ownTransactionalIds));
  return { kind: 'read', value: value.slice(0, MOST_IDS) };
}

const unreadOf = (...readings: readonly (Reading<unknown> | undefined)[]): Reading<never> => ({
  kind: 'unread',
  because: [...new Set(readings.flatMap((one) => (one?.kind === 'unread' ? one.because : [])))].join('; '),
});

function connectorsOf(records: readonly LogRecord[]): Record<string, Settings> {
  const decoded = records.map(({ key, value }) => decodeConnectorSettings(key, value));
  return Object.fromEntries(
    decoded.flatMap((one) => (one.kind === 'record' ? [[one.value.connector, one.value.settings] as const] : [])),
  );
}

/** Templates without `{topic}` name one subject. */
const subjectsOf = ({ readiness }: PairConfig, placed: PlacedSet): readonly string[] => [
  ...new Set(
    readiness.subjects.flatMap((template) => placed.set.topics.map((topic) => template.replaceAll('{topic}', topic))),
  ),
];

/**
 * The flow is looked at in the same turn: its next look must not come so late that replication counts as unseen, which
 * would keep an outage from being confirmed. So subjects and ids have half an interval each.
 */
const registryLimitMs = ({ replication }: PairConfig): number => (replication.sampleIntervalSeconds * 1000) / 2;

const inEachBatch = <T, U>(
  items: readonly T[],
  limitMs: number,
  work: (item: T) => Promise<U>,
): Promise<readonly U[]> =>
  inTime(limitMs, (goOn) =>
    mapInBatches(items, READS_AT_ONCE, async (item) => {
      goOn();
      return work(item);
    }),
  );

async function lookAtRegistry(
  registry: SchemaRegistry | undefined,
  subjects: readonly string[],
  limitMs: number,
): Promise<Reading<RegistryLook> | undefined> {
  if (registry === undefined) return undefined;
  return read(async () => {
    const found = await inEachBatch(subjects, limitMs, (name) => registry.subject(name));
    return { subjects: Object.fromEntries(subjects.map((name, i) => [name, found[i] ?? null])), ids: {} };
  });
}

/** What home's ids mean at the refuge, where records that carry them will be read. */
async function withHomeIds(
  { ports, config, placed: { refuge } }: Place,
  there: SideLook,
  home: SideLook,
): Promise<SideLook> {
  const registry = ports.schemaRegistries.registry(refuge);
  if (registry === undefined || there.registry?.kind !== 'read' || home.registry?.kind !== 'read') return there;
  const looks: readonly (SubjectLook | null)[] = Object.values(home.registry.value.subjects);
  const ids = [...new Set(looks.flatMap((look) => (look?.versions ?? []).map(({ id }) => id)))];
  const { subjects } = there.registry.value;
  const meant = await read(() => inEachBatch(ids, registryLimitMs(config), (id) => registry.schema(id)));
  if (meant.kind === 'unread') return { ...there, registry: meant };
  const pairs = ids.map((id, i) => [String(id), meant.value[i] ?? null] as const);
  return { ...there, registry: { kind: 'read', value: { subjects, ids: Object.fromEntries(pairs) } } };
}
