/**
 * Looks at every flow into this region and at every client set controlled here: heartbeats, lag, log ends, groups.
 * Only observes. What it samples at home is kept for the day home is gone. A side that cannot be read is absent.
 */
import { flowsInto, remoteTopicOf, setsControlledFrom } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FlowObservation, SetObservation } from '../../core/contracts/observations.ts';
import { flowNames } from '../../core/replication/names.ts';
import type { Flow } from '../../core/replication/names.ts';
import { decodeConnectOffset, decodeStatus } from '../../core/replication/records.ts';
import { at, look, partitionsOf, stored } from '../gather/partitions.ts';
import { namingOf } from '../gather/syncs.ts';
import type { ClusterReader, Ends, Ports } from '../ports.ts';

type Needs = Pick<Ports, 'kafka' | 'observations' | 'control' | 'clock' | 'metrics' | 'log'>;

export const probeReplication = (ports: Needs, config: PairConfig, here: { readonly region: string }) => async (): Promise<void> => {
  const sets = setsControlledFrom(config, here.region);
  for (const flow of flowsInto(config, here.region)) {
    const ofFlow = sets.filter((placed) => placed.home === flow.source);
    await observeFlow(ports, config, here.region, flow, ofFlow);
    for (const placed of ofFlow) await observeSet(ports, config, placed);
  }
};

const ends = (e: Ends) => ({ start: String(e.start), highWatermark: String(e.highWatermark), lastStable: String(e.lastStable) });

async function observeFlow(ports: Needs, config: PairConfig, vantage: string, flow: Flow, sets: readonly PlacedSet[]): Promise<void> {
  const names = flowNames(flow, namingOf(config));
  const target = ports.kafka.reader(flow.target);
  const source = ports.kafka.reader(flow.source);
  const problems: string[] = [];
  const topics = [...new Set(sets.flatMap((placed) => placed.set.topics))];
  const remote = [...new Set(sets.flatMap((placed) => placed.set.topics.map((topic) => remoteTopicOf(placed, topic))))];

  const ownHeartbeatMs = await look('heartbeats', problems, () => target.newestRecordMs(names.heartbeats));
  const copiedHeartbeatMs = await look('copied heartbeats', problems, () => target.newestRecordMs(names.copiedHeartbeats));
  // Offsets before ends: the other way round a live flow would look as if it had copied what does not exist.
  const replicated = await look('replicated offsets', problems, () => replicatedOffsets(target, names.connectOffsets, flow.source));
  const sourceEnds = await look(`ends on ${flow.source}`, problems, () => source.ends(topics));
  const remoteEnds = await look('remote ends', problems, () => target.ends(remote));
  const states = await look('connector states', problems, () => connectorStates(target, names.connectStatus));
  const workers = await look('workers', problems, () => target.groups([names.connectGroup]));

  const observation: FlowObservation = {
    pair: config.pair,
    source: flow.source,
    target: flow.target,
    vantage,
    atMs: ports.clock.nowMs(),
    ...(typeof ownHeartbeatMs === 'number' && { ownHeartbeatMs }),
    ...(typeof copiedHeartbeatMs === 'number' && { copiedHeartbeatMs }),
    ...(remoteEnds && { remoteEnds: stored(remoteEnds, ends) }),
    ...(sourceEnds && { sourceEnds: stored(sourceEnds, ends) }),
    ...(replicated && { replicatedOffsets: replicated }),
    ...(workers && { workerMembers: workers.get(names.connectGroup)?.members.length ?? 0 }),
    ...(states && { connectorStates: states }),
    problems,
  };
  await ports.observations.putFlow(observation);
}

async function replicatedOffsets(target: ClusterReader, topic: string, source: string): Promise<Record<string, Record<string, string>>> {
  const offsets: Record<string, Record<string, string> | undefined> = {};
  for (const record of await target.readCompacted(topic)) {
    const decoded = decodeConnectOffset(record.key, record.value);
    if (decoded.kind !== 'record' || decoded.value.of !== 'source' || decoded.value.cluster !== source) continue;
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

async function observeSet(ports: Needs, config: PairConfig, placed: PlacedSet): Promise<void> {
  const problems: string[] = [];
  const home = ports.kafka.reader(placed.home);
  const refuge = ports.kafka.reader(placed.refuge);
  const { topics } = placed.set;
  const remote = topics.map((topic) => remoteTopicOf(placed, topic));
  const groups = placed.set.groups.map((group) => group.id);

  const refugeIdentity = await look(placed.refuge, problems, () => refuge.identity());
  const refugeTopics = await look('refuge topics', problems, () => refuge.partitionCounts(topics));
  const remoteTopics = await look('remote topics', problems, () => refuge.partitionCounts(remote));
  const groupsAtRefuge = await look('groups at the refuge', problems, () => refuge.groups(groups));
  const homeIdentity = await look(placed.home, problems, () => home.identity());
  // One failed look is enough: a dead home would cost a deadline for each of the others.
  const homeTopics = homeIdentity && (await look('home topics', problems, () => home.partitionCounts(topics)));
  const groupsAtHome = homeIdentity && (await look('groups at home', problems, () => home.groups(groups)));

  const observation: SetObservation = {
    pair: config.pair,
    clientSet: placed.name,
    atMs: ports.clock.nowMs(),
    ...(homeTopics && { homeTopics: counts(topics, homeTopics) }),
    ...(refugeTopics && { refugeTopics: counts(topics, refugeTopics) }),
    ...(remoteTopics && { remoteTopics: counts(remote, remoteTopics) }),
    ...(groupsAtRefuge && { groupsAtRefuge: Object.fromEntries(groupsAtRefuge) }),
    ...(groupsAtHome && { groupsAtHome: Object.fromEntries(groupsAtHome) }),
    ...(homeIdentity && { homeClusterId: homeIdentity.clusterId }),
    ...(refugeIdentity && { refugeClusterId: refugeIdentity.clusterId }),
    problems,
  };
  await ports.observations.putSet(observation);
  if (homeIdentity) await look('samples of home', problems, () => sampleHome(ports, placed, homeIdentity.clusterId));
  if (problems.length > 0) ports.log.warn('looked at a client set with gaps', { clientSet: placed.name, problems });
}

const counts = (topics: readonly string[], found: ReadonlyMap<string, number>): Record<string, number | null> =>
  Object.fromEntries(topics.map((topic) => [topic, found.get(topic) ?? null]));

/** Keeps positions and log ends of home, and the identity of the cluster they belong to (the first one seen stays). */
async function sampleHome(ports: Needs, placed: PlacedSet, clusterId: string): Promise<void> {
  const state = await ports.control.readSet(placed.name);
  // Away from home the samples of the day of the failover are what failback and the tail are reckoned from.
  if (state === null || state.phase !== 'home' || state.open !== undefined) return;
  const known = await ports.control.incarnation(placed.home);
  if (known?.clusterId !== clusterId) await ports.control.putIncarnation({ cluster: placed.home, clusterId, seenAtMs: ports.clock.nowMs() });

  const home = ports.kafka.reader(placed.home);
  const { topics } = placed.set;
  for (const { id: group } of placed.set.groups) {
    const committed = await home.committed(group, topics);
    const homeEnds = await home.ends(topics);
    for (const topic of topics) {
      const partitions = partitionsOf(homeEnds, topic).map((p) => {
        const end = at(homeEnds, topic, p)!;
        const commit = at(committed, topic, p) ?? null;
        return [String(p), { committed: commit === null ? null : String(commit), end: String(end.highWatermark), start: String(end.start) }] as const;
      });
      if (partitions.length === 0) continue;
      await ports.control.putHomeSample(placed.name, { group, topic, atMs: ports.clock.nowMs(), clusterId, partitions: Object.fromEntries(partitions) });
    }
  }
}
