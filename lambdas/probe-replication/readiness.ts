/**
 * The slow look at both sides of a client set: topic settings, offset syncs, connector settings, ACLs, schemas. Readiness is
 * judged from it. A part that cannot be read says why; while a whole cluster is out of reach the earlier look stands.
 */
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
import { COMPARED_SETTINGS } from '../../core/readiness/topics.ts';
import { flowNames, offsetSyncs } from '../../core/replication/names.ts';
import type { Flow } from '../../core/replication/names.ts';
import { decodeConnectorSettings } from '../../core/replication/records.ts';
import { mapInBatches, READS_AT_ONCE } from '../gather/partitions.ts';
import { namingOf } from '../gather/syncs.ts';
import type { Ports, SchemaRegistry } from '../ports.ts';

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
  const unreachable = await Promise.all([placed.home, placed.refuge].map((alias) => whyUnreachable(ports, alias)));
  const because = unreachable.flatMap((reason) => reason ?? []);
  if (because.length > 0 && (await ports.observations.newestReadiness(placed.name)) !== null) {
    ports.log.warn('both sides were not compared, the earlier comparison stands', { clientSet: placed.name, because });
    return;
  }
  const [homeGone, refugeGone] = unreachable;
  const outbound = { source: placed.home, target: placed.refuge };
  const inbound = { source: placed.refuge, target: placed.home };
  const [home, there, copied, back] = await Promise.all([
    lookAtSide(ports, config, placed, placed.home, homeGone),
    lookAtSide(ports, config, placed, placed.refuge, refugeGone),
    lookAtMirror(ports, config, outbound, refugeGone),
    lookAtMirror(ports, config, inbound, homeGone),
  ]);
  const refuge = await withHomeIds(ports, placed.refuge, there, home);
  const look: ReadinessLook = {
    pair: config.pair,
    clientSet: placed.name,
    atMs,
    home,
    refuge,
    outbound: copied,
    inbound: back,
  };
  await ports.observations.putReadiness(look);
}

/** One failed question is enough: a dead cluster would cost a deadline for each of the others. */
async function whyUnreachable(ports: Needs, alias: string): Promise<string | undefined> {
  const reading = await read(() => ports.kafka.reader(alias).identity());
  return reading.kind === 'unread' ? reading.because : undefined;
}

async function read<T>(work: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: 'read', value: await work() };
  } catch (error) {
    return { kind: 'unread', because: (error instanceof Error ? error.message : String(error)).slice(0, 300) };
  }
}

/** @param gone why the cluster itself cannot be asked; its registry may be */
async function lookAtSide(
  ports: Needs,
  config: PairConfig,
  placed: PlacedSet,
  alias: string,
  gone: string | undefined,
): Promise<SideLook> {
  const cluster = ports.kafka.reader(alias);
  const { topics } = placed.set;
  const [settings, acls, registry] = await Promise.all([
    unlessGone(gone, () => settingsByTopic(cluster, topics)),
    hasAcls(config.clusters[alias]) ? unlessGone(gone, () => cluster.acls()) : NO_ACLS,
    lookAtRegistry(ports.schemaRegistries.registry(alias), subjectsOf(config, placed)),
  ]);
  return { topics: settings, acls, ...(registry === undefined ? {} : { registry }) };
}

const unlessGone = async <T>(gone: string | undefined, work: () => Promise<T>): Promise<Reading<T>> =>
  gone === undefined ? read(work) : { kind: 'unread', because: gone };

const hasAcls = (cluster: ClusterConfig | undefined): boolean => cluster?.security.kind !== 'msk-iam';
const NO_ACLS: SideLook['acls'] = { kind: 'unread', because: 'rights on this cluster are IAM policies' };

async function settingsByTopic(
  cluster: ReturnType<Needs['kafka']['reader']>,
  topics: readonly string[],
): Promise<Record<string, Settings | null>> {
  const found = await cluster.topicSettings(topics, Object.keys(COMPARED_SETTINGS));
  return Object.fromEntries(topics.map((topic) => [topic, found.get(topic) ?? null]));
}

const SYNCS_SETTINGS = ['cleanup.policy', 'min.compaction.lag.ms'];

/** @param gone why the flow's target cannot be asked */
async function lookAtMirror(
  ports: Needs,
  config: PairConfig,
  flow: Flow,
  gone: string | undefined,
): Promise<MirrorLook> {
  const naming = namingOf(config);
  const { topic, cluster } = offsetSyncs(flow, config.replication.offsetSyncsLocation, naming);
  const [syncs, connectors] = await Promise.all([
    read(async () => (await ports.kafka.reader(cluster).topicSettings([topic], SYNCS_SETTINGS)).get(topic) ?? null),
    unlessGone(gone, () => connectorsIn(ports.kafka.reader(flow.target), flowNames(flow, naming).connectConfigs)),
  ]);
  return { syncs, connectors };
}

async function connectorsIn(
  target: ReturnType<Needs['kafka']['reader']>,
  topic: string,
): Promise<Record<string, Settings>> {
  const decoded = (await target.readCompacted(topic)).map(({ key, value }) => decodeConnectorSettings(key, value));
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

async function lookAtRegistry(
  registry: SchemaRegistry | undefined,
  subjects: readonly string[],
): Promise<Reading<RegistryLook> | undefined> {
  if (registry === undefined) return undefined;
  return read(async () => {
    const found = await mapInBatches(subjects, READS_AT_ONCE, (name) => registry.subject(name));
    return { subjects: Object.fromEntries(subjects.map((name, i) => [name, found[i] ?? null])), ids: {} };
  });
}

/** What home's ids mean at the refuge, where records that carry them will be read. */
async function withHomeIds(ports: Needs, refuge: string, there: SideLook, home: SideLook): Promise<SideLook> {
  const registry = ports.schemaRegistries.registry(refuge);
  if (registry === undefined || there.registry?.kind !== 'read' || home.registry?.kind !== 'read') return there;
  const looks: readonly (SubjectLook | null)[] = Object.values(home.registry.value.subjects);
  const ids = [...new Set(looks.flatMap((look) => (look?.versions ?? []).map(({ id }) => id)))];
  const { subjects } = there.registry.value;
  const meant = await read(() => mapInBatches(ids, READS_AT_ONCE, (id) => registry.schema(id)));
  if (meant.kind === 'unread') return { ...there, registry: meant };
  const pairs = ids.map((id, i) => [String(id), meant.value[i] ?? null] as const);
  return { ...there, registry: { kind: 'read', value: { subjects, ids: Object.fromEntries(pairs) } } };
}
