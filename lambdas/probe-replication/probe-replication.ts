/**
 * Looks at every flow into this region and at every client set controlled here: heartbeats, lag, log ends, groups.
 * Only observes. What it samples at home is kept for the day home is gone. A side that cannot be read is absent.
 */
import { flowsInto, placedSets, remoteTopicOf, seenFromRefuge, setsControlledFrom } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FlowObservation, GroupView, SetObservation } from '../../core/contracts/observations.ts';
import type { HomeSample, Incarnation } from '../../core/contracts/tables.ts';
import { whyHomeDoesNotLead } from '../../core/move/seeding.ts';
import { flowNames } from '../../core/replication/names.ts';
import type { Flow } from '../../core/replication/names.ts';
import { decodeConnectOffset, decodeStatus } from '../../core/replication/records.ts';
import { look, mapInBatches, READS_AT_ONCE, stored } from '../gather/partitions.ts';
import { namingOf } from '../gather/syncs.ts';
import type { ClusterReader, Ends, Ports } from '../ports.ts';
import { lookAtHomeWrites } from './home-writes.ts';
import { lookAtReadiness } from './readiness.ts';
import { guestsOf, sampleRefuge } from './refuge-samples.ts';
import { recentOf, sampleOf } from './sample.ts';
import { lookAtTailAge } from './tail-age.ts';

type Needs = Pick<Ports, 'kafka' | 'schemaRegistries' | 'observations' | 'control' | 'clock' | 'metrics' | 'log'>;

/** One turn. Flows are looked at side by side: a cluster out of reach must not make the other one's picture late. */
export function probeReplication(ports: Needs, config: PairConfig, here: { readonly region: string }) {
  const lookAtPreparation = lookAtReadiness(ports, config);
  return async (): Promise<void> => {
    const sets = setsControlledFrom(config, here.region);
    await Promise.all(
      flowsInto(config, here.region).map(async (flow) => {
        const ofFlow = sets.filter((placed) => placed.home === flow.source);
        const toFlow = placedSets(config).filter((placed) => placed.refuge === flow.source);
        const guests = await guestsOf(ports.control, toFlow);
        const copied = [...ofFlow, ...guests.owed.map((placed) => seenFromRefuge(config, placed))];
        await Promise.all([
          observeFlow(ports, config, here.region, flow, copied),
          ...guests.there.map((placed) => sampleRefuge(ports, placed)),
          ...ofFlow.map((placed) => observeSet(ports, placed, config)),
          ...ofFlow.map((placed) => quietly(ports, placed, lookAtPreparation)),
        ]);
      }),
    );
  };
}

/** What is compared once in a while must not cost the looks of this turn. */
async function quietly(ports: Needs, placed: PlacedSet, work: (placed: PlacedSet) => Promise<void>): Promise<void> {
  const problems: string[] = [];
  await look('comparing both sides', problems, () => work(placed));
  if (problems.length > 0) ports.log.warn('both sides were not compared', { clientSet: placed.name, problems });
}

const ends = (e: Ends) => ({
  start: String(e.start),
  highWatermark: String(e.highWatermark),
  lastStable: String(e.lastStable),
});

async function observeFlow(
  ports: Needs,
  config: PairConfig,
  vantage: string,
  flow: Flow,
  sets: readonly PlacedSet[],
): Promise<void> {
  const names = flowNames(flow, namingOf(config));
  const target = ports.kafka.reader(flow.target);
  const problems: string[] = [];
  // The time the look began: nothing in it is older, which is what "after the last producer had moved" is judged by.
  const atMs = ports.clock.nowMs();
  const atTarget = await lookingAt(ports, flow.target, problems);
  const [ownHeartbeatMs, copiedHeartbeatMs, progress, states, workers] = await Promise.all([
    atTarget('heartbeats', () => target.newestRecordMs(names.heartbeats)),
    atTarget('copied heartbeats', () => target.newestRecordMs(names.copiedHeartbeats)),
    progressOf(ports, { flow, connectOffsets: names.connectOffsets, sets, problems, atTarget }),
    atTarget('connector states', () => connectorStates(target, names.connectStatus)),
    atTarget('workers', () => target.groups([names.connectGroup])),
  ]);
  const worker = workers?.get(names.connectGroup);
  await ports.observations.putFlow({
    pair: config.pair,
    source: flow.source,
    target: flow.target,
    vantage,
    atMs,
    ...(typeof ownHeartbeatMs === 'number' && { ownHeartbeatMs }),
    ...(typeof copiedHeartbeatMs === 'number' && { copiedHeartbeatMs }),
    ...progress,
    ...(worker && worker.activity !== 'unknown' && { workerMembers: worker.members.length }),
    ...(states && { connectorStates: states }),
    problems,
  });
}

type LookAt = <T>(what: string, read: () => Promise<T>) => Promise<T | undefined>;

/** Looks at a cluster that answers; of one that does not, one failed look is enough, since reading a log waits for long. */
async function lookingAt(ports: Needs, alias: string, problems: string[]): Promise<LookAt> {
  const identity = await look(`${alias} itself`, problems, () => ports.kafka.reader(alias).identity());
  return identity === undefined ? async () => undefined : (what, read) => look(what, problems, read);
}

interface FlowLook {
  readonly flow: Flow;
  readonly connectOffsets: string;
  readonly sets: readonly PlacedSet[];
  readonly problems: string[];
  readonly atTarget: LookAt;
}

type Progress = Pick<FlowObservation, 'remoteEnds' | 'sourceEnds' | 'replicatedOffsets'>;

async function progressOf(
  ports: Needs,
  { flow, connectOffsets, sets, problems, atTarget }: FlowLook,
): Promise<Progress> {
  const target = ports.kafka.reader(flow.target);
  const topics = [...new Set(sets.flatMap((placed) => placed.set.topics))];
  const remote = [...new Set(sets.flatMap((placed) => placed.set.topics.map((topic) => remoteTopicOf(placed, topic))))];
  // Offsets before ends: the other way round a live flow would look as if it had copied what does not exist.
  const replicated = await atTarget('replicated offsets', () =>
    replicatedOffsets(target, connectOffsets, flow.source, topics),
  );
  const [sourceEnds, remoteEnds] = await Promise.all([
    look(`ends on ${flow.source}`, problems, () => ports.kafka.reader(flow.source).ends(topics)),
    atTarget('remote ends', () => target.ends(remote)),
  ]);
  return {
    ...(remoteEnds && { remoteEnds: stored(remoteEnds, ends) }),
    ...(sourceEnds && { sourceEnds: stored(sourceEnds, ends) }),
    ...(replicated && { replicatedOffsets: replicated }),
  };
}

/** Of our topics only: a flow may copy thousands of others. */
async function replicatedOffsets(
  target: ClusterReader,
  topic: string,
  source: string,
  ours: readonly string[],
): Promise<Record<string, Record<string, string>>> {
  const offsets: Record<string, Record<string, string> | undefined> = {};
  for (const record of await target.readCompacted(topic)) {
    const decoded = decodeConnectOffset(record.key, record.value);
    if (
      decoded.kind !== 'record' ||
      decoded.value.of !== 'source' ||
      decoded.value.cluster !== source ||
      !ours.includes(decoded.value.topic)
    )
      continue;
    (offsets[decoded.value.topic] ??= {})[String(decoded.value.partition)] = String(decoded.value.offset);
  }
  return offsets as Record<string, Record<string, string>>;
}

async function connectorStates(target: ClusterReader, topic: string): Promise<Record<string, string>> {
  const states: Record<string, string> = {};
  for (const record of await target.readCompacted(topic)) {
    const decoded = decodeStatus(record.key, record.value);
    if (decoded.kind !== 'record') continue;
    const { value } = decoded;
    states[value.of === 'connector' ? value.connector : `${value.connector}-${value.task}`] = value.state;
  }
  return states;
}

async function observeSet(ports: Needs, placed: PlacedSet, config: PairConfig): Promise<void> {
  const problems: string[] = [];
  const { topics } = placed.set;
  const remote = topics.map((topic) => remoteTopicOf(placed, topic));
  const [home, refuge] = await Promise.all([
    lookAtCluster(ports, placed, placed.home, topics, problems),
    lookAtCluster(ports, placed, placed.refuge, [...topics, ...remote], problems),
  ]);
  const { clusterId } = home;
  const state = await ports.control.readSet(placed.name);
  // Both look on where the look before has stopped, and only while the set is away.
  const isHome = state === null || state.phase === 'home';
  const last = isHome ? null : await ports.observations.newestSet(placed.name);
  const before = { state, last, problems };
  const homeWrites = await lookAtHomeWrites(ports, config, placed, { ...before, clusterId });
  const tailAge = await lookAtTailAge(ports, placed, { ...before, homeAnswers: clusterId !== undefined });
  const observation: SetObservation = {
    pair: config.pair,
    clientSet: placed.name,
    atMs: ports.clock.nowMs(),
    ...(home.counts && { homeTopics: countsOf(topics, home.counts) }),
    ...(refuge.counts && {
      refugeTopics: countsOf(topics, refuge.counts),
      remoteTopics: countsOf(remote, refuge.counts),
    }),
    ...(refuge.groups && { groupsAtRefuge: Object.fromEntries(refuge.groups) }),
    ...(home.groups && { groupsAtHome: Object.fromEntries(home.groups) }),
    ...(homeWrites && { homeWrites }),
    ...(tailAge && { tailAge }),
    ...(home.clusterId && { homeClusterId: home.clusterId }),
    ...(refuge.clusterId && { refugeClusterId: refuge.clusterId }),
    problems,
  };
  await ports.observations.putSet(observation);
  if (clusterId) await look('samples of home', problems, () => sampleHome(ports, placed, clusterId));
  if (problems.length > 0) ports.log.warn('looked at a client set with gaps', { clientSet: placed.name, problems });
}

interface Sight {
  readonly clusterId?: string | undefined;
  readonly counts?: ReadonlyMap<string, number> | undefined;
  readonly groups?: ReadonlyMap<string, GroupView> | undefined;
}

/** One failed look is enough: a dead cluster would cost a deadline for each of the others. */
async function lookAtCluster(
  ports: Needs,
  placed: PlacedSet,
  alias: string,
  topics: readonly string[],
  problems: string[],
): Promise<Sight> {
  const cluster = ports.kafka.reader(alias);
  const identity = await look(`${alias} itself`, problems, () => cluster.identity());
  if (identity === undefined) return {};
  const [counts, groups] = await Promise.all([
    look(`topics on ${alias}`, problems, () => cluster.partitionCounts(topics)),
    look(`groups on ${alias}`, problems, () => cluster.groups(placed.set.groups.map((group) => group.id))),
  ]);
  return { clusterId: identity.clusterId, counts, groups };
}

const countsOf = (topics: readonly string[], found: ReadonlyMap<string, number>): Record<string, number | null> =>
  Object.fromEntries(topics.map((topic) => [topic, found.get(topic) ?? null]));

/**
 * Keeps positions and log ends of home, and the identity of the cluster they belong to: the newest one while the set
 * lives there, or left it while it was well. After a failover the samples of that day are what failback and the tail are
 * reckoned from.
 */
async function sampleHome(ports: Needs, placed: PlacedSet, clusterId: string): Promise<void> {
  const state = await ports.control.readSet(placed.name);
  if (state === null || whyHomeDoesNotLead(state) !== undefined) return;
  const known = await ports.control.incarnation(placed.home);
  // Away from home another cluster behind the address is not the one that was left.
  if (state.phase !== 'home' && known?.clusterId !== clusterId) return;
  if (known?.clusterId !== clusterId) await noteIncarnation(ports, { cluster: placed.home, clusterId, known });

  const home = ports.kafka.reader(placed.home);
  const { topics, groups } = placed.set;
  const commits = await mapInBatches(groups, READS_AT_ONCE, ({ id }) => home.committed(id, topics));
  const homeEnds = await home.ends(topics);
  const before = await ports.control.homeSamples(placed.name);
  const atMs = ports.clock.nowMs();
  const samples = groups.flatMap(({ id: group }, i) =>
    topics.map((topic): HomeSample => {
      const partitions = sampleOf(topic, commits[i]!, homeEnds);
      const last = before.find((one) => one.group === group && one.topic === topic && one.clusterId === clusterId);
      return { group, topic, atMs, clusterId, partitions, recent: recentOf(last, { atMs, partitions }) };
    }),
  );
  for (const sample of samples)
    if (Object.keys(sample.partitions).length > 0) await ports.control.putHomeSample(placed.name, sample);
}

function noteIncarnation(
  { control, clock }: Needs,
  { cluster, clusterId, known }: { cluster: string; clusterId: string; known: Incarnation | null },
): Promise<void> {
  const seenAtMs = clock.nowMs();
  return control.putIncarnation({ cluster, clusterId, seenAtMs, ...(known !== null && { replacedAtMs: seenAtMs }) });
}
