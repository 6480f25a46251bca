/** Names that MirrorMaker 2 gives with its DefaultReplicationPolicy. Source: Kafka's DefaultReplicationPolicy, MirrorUtils. */

export interface Flow {
  readonly source: string;
  readonly target: string;
}

/** Value of `offset-syncs.topic.location`. */
export type OffsetSyncsLocation = 'source' | 'target';

export interface Naming {
  /** `replication.policy.separator`. */
  readonly separator: string;
  /** `replication.policy.internal.topic.separator.enabled`: whether internal topics use the separator too. */
  readonly internalSeparator: boolean;
}

export const DEFAULT_NAMING: Naming = { separator: '.', internalSeparator: true };

const HEARTBEATS = 'heartbeats';

const internalSeparatorOf = (naming: Naming): string => (naming.internalSeparator ? naming.separator : '.');

/** Everything of one flow that lives on its target. */
export interface FlowNames {
  readonly remotePrefix: string;
  readonly checkpoints: string;
  /** Written straight to the target by this flow's heartbeat connector. */
  readonly heartbeats: string;
  /** The source's own heartbeats, copied by this flow: end-to-end evidence. */
  readonly copiedHeartbeats: string;
  readonly connectOffsets: string;
  readonly connectStatus: string;
  readonly connectConfigs: string;
  /** Group id of the flow's Connect workers (dedicated mode). */
  readonly connectGroup: string;
  remoteTopic(topic: string): string;
  /** The source's name of a remote topic of this flow; null for any other topic, also for one that merely has a dot. */
  localTopic(remote: string): string | null;
}

export function flowNames(flow: Flow, naming: Naming = DEFAULT_NAMING): FlowNames {
  const prefix = flow.source + naming.separator;
  return {
    remotePrefix: prefix,
    checkpoints: checkpointsOf(flow.source, naming),
    heartbeats: HEARTBEATS,
    copiedHeartbeats: prefix + HEARTBEATS,
    connectOffsets: `mm2-offsets.${flow.source}.internal`,
    connectStatus: `mm2-status.${flow.source}.internal`,
    connectConfigs: `mm2-configs.${flow.source}.internal`,
    connectGroup: `${flow.source}-mm2`,
    remoteTopic: (topic) => prefix + topic,
    localTopic: (remote) =>
      remote.startsWith(prefix) && remote.length > prefix.length ? remote.slice(prefix.length) : null,
  };
}

/** Name of `topic` of `source` as it appears on the target. */
export const remoteTopic = (source: string, topic: string, naming: Naming = DEFAULT_NAMING): string =>
  source + naming.separator + topic;

function checkpointsOf(source: string, naming: Naming): string {
  const separator = internalSeparatorOf(naming);
  return `${source}${separator}checkpoints${separator}internal`;
}

/**
 * The offset-syncs topic of a flow and the cluster it lives on. The alias in the name is always "the other cluster", so
 * with mixed locations two flows would write one topic: the location is one input for the whole pair.
 */
export function offsetSyncs(
  flow: Flow,
  location: OffsetSyncsLocation,
  naming: Naming = DEFAULT_NAMING,
): { readonly topic: string; readonly cluster: string } {
  const separator = internalSeparatorOf(naming);
  const [cluster, other] = location === 'target' ? [flow.target, flow.source] : [flow.source, flow.target];
  return { topic: `mm2-offset-syncs${separator}${other}${separator}internal`, cluster };
}

/** Text before the first separator, whatever it is; null if there is none. Not a proof that a topic is remote. */
export function topicSource(topic: string, naming: Naming = DEFAULT_NAMING): string | null {
  const at = topic.indexOf(naming.separator);
  return at < 0 ? null : topic.slice(0, at);
}

/** The name with one prefix stripped; null if it has none. */
export function upstreamTopic(topic: string, naming: Naming = DEFAULT_NAMING): string | null {
  const at = topic.indexOf(naming.separator);
  return at < 0 ? null : topic.slice(at + naming.separator.length);
}

/** The name with every prefix stripped. */
export function originalTopic(topic: string, naming: Naming = DEFAULT_NAMING): string {
  const at = topic.lastIndexOf(naming.separator);
  return at < 0 ? topic : topic.slice(at + naming.separator.length);
}

export const isHeartbeatsTopic = (topic: string, naming: Naming = DEFAULT_NAMING): boolean =>
  originalTopic(topic, naming) === HEARTBEATS;

export const isCheckpointsTopic = (topic: string, naming: Naming = DEFAULT_NAMING): boolean =>
  topic.endsWith(checkpointsOf('', naming));

/** Topics that a flow never replicates, whatever its filter says. */
export function isInternalTopic(topic: string, naming: Naming = DEFAULT_NAMING): boolean {
  const ofMirrorMaker = topic.startsWith('mm2') && topic.endsWith(`${internalSeparatorOf(naming)}internal`);
  const ofKafka = topic.startsWith('__') || topic.startsWith('.');
  const ofConnect = topic.endsWith('-internal') || topic.endsWith('.internal');
  return ofMirrorMaker || isCheckpointsTopic(topic, naming) || ofKafka || ofConnect;
}

/** How many copies ago `topic` came from `cluster`; -1 if it never did. */
export function countHops(topic: string, cluster: string, naming: Naming = DEFAULT_NAMING): number {
  let rest: string | null = topic;
  for (let hops = 1; rest !== null; hops += 1) {
    const source = topicSource(rest, naming);
    if (source === null) return -1;
    if (source === cluster) return hops;
    rest = upstreamTopic(rest, naming);
  }
  return -1;
}

/** Whether a flow copies a topic that its filter accepts: neither internal nor a cycle. */
export const isReplicable = (flow: Flow, topic: string, naming: Naming = DEFAULT_NAMING): boolean =>
  !isInternalTopic(topic, naming) && countHops(topic, flow.target, naming) === -1;

/** Topic name (on the target) that a checkpoint uses for a group's position in `topic` on the source. */
export function checkpointTopic(flow: Flow, topic: string, naming: Naming = DEFAULT_NAMING): string {
  return topicSource(topic, naming) === flow.target
    ? (upstreamTopic(topic, naming) ?? topic)
    : remoteTopic(flow.source, topic, naming);
}
