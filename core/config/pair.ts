/** Questions everybody asks of a valid configuration. Names are deterministic and made here only. */
import type { Move } from '../contracts/primitives.ts';
import type { IsolationLevel } from '../replication/lag.ts';
import type { ClientSetConfig, ClusterConfig, PairConfig, TriggerAlarm, WitnessAlarm } from './schema.ts';

/** The other cluster of the pair. */
export function otherCluster(config: PairConfig, alias: string): string {
  const other = Object.keys(config.clusters).find((name) => name !== alias);
  if (other === undefined) throw new Error(`pair "${config.pair}" has no second cluster beside "${alias}"`);
  return other;
}

/** What a record itself holds under a key: names come from outside, and every object also answers to "constructor". */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

export function clusterOf(config: PairConfig, alias: string): ClusterConfig {
  const cluster = own(config.clusters, alias);
  if (cluster === undefined)
    throw new Error(
      `no cluster "${alias}" in pair "${config.pair}"; there are: ${Object.keys(config.clusters).join(', ')}`,
    );
  return cluster;
}

/** A client set together with its two places. It is controlled from its refuge's region. */
export interface PlacedSet {
  readonly name: string;
  readonly set: ClientSetConfig;
  readonly home: string;
  readonly refuge: string;
  readonly homeRegion: string;
  readonly controlRegion: string;
  readonly remotePrefix: string;
  /** Control region first. */
  readonly clientRegions: readonly string[];
}

export function placedSet(config: PairConfig, name: string): PlacedSet | undefined {
  const set = own(config.clientSets, name);
  if (set === undefined) return undefined;
  const refuge = otherCluster(config, set.home);
  const homeRegion = clusterOf(config, set.home).region;
  const controlRegion = clusterOf(config, refuge).region;
  return {
    name,
    set,
    home: set.home,
    refuge,
    homeRegion,
    controlRegion,
    remotePrefix: `${set.home}${config.replication.separator}`,
    clientRegions: [...new Set([controlRegion, ...(set.clientRegions ?? [homeRegion])])],
  };
}

export const placedSets = (config: PairConfig): readonly PlacedSet[] =>
  Object.keys(config.clientSets).flatMap((name) => placedSet(config, name) ?? []);

/** Sets that the stack of this region controls. */
export const setsControlledFrom = (config: PairConfig, region: string): readonly PlacedSet[] =>
  placedSets(config).filter((set) => set.controlRegion === region);

/** Sets that this region's functions may move: those it controls, and those whose home it is, for the day their refuge is lost. */
export const setsMovedFrom = (config: PairConfig, region: string): readonly PlacedSet[] =>
  placedSets(config).flatMap((placed) => {
    if (placed.controlRegion === region) return [placed];
    return placed.homeRegion === region ? [ledFromHome(placed)] : [];
  });

/** The same set as its home region leads it while the refuge is lost: that region holds its state and its first routing value. */
export const ledFromHome = (placed: PlacedSet): PlacedSet => ({
  ...placed,
  controlRegion: placed.homeRegion,
  clientRegions: [...new Set([placed.homeRegion, ...placed.clientRegions])],
});

/** The same set seen along the flow from its refuge: what it wrote there lies in remote topics at home. */
export function seenFromRefuge(config: PairConfig, placed: PlacedSet): PlacedSet {
  const { remoteNames: _ofTheOtherFlow, ...set } = placed.set;
  return {
    ...placed,
    set,
    home: placed.refuge,
    refuge: placed.home,
    homeRegion: placed.controlRegion,
    controlRegion: placed.homeRegion,
    remotePrefix: `${placed.refuge}${config.replication.separator}`,
  };
}

/** Flows whose target lives in this region: they are watched from there. */
export const flowsInto = (
  config: PairConfig,
  region: string,
): readonly { readonly source: string; readonly target: string }[] =>
  Object.entries(config.clusters)
    .filter(([, cluster]) => cluster.region === region)
    .map(([target]) => ({ source: otherCluster(config, target), target }));

export const clusterRegions = (config: PairConfig): readonly string[] => [
  ...new Set(Object.values(config.clusters).map((cluster) => cluster.region)),
];

/** Every region that probes: those of the clusters, then the witnesses. */
export const vantages = (config: PairConfig): readonly string[] => [
  ...new Set([...clusterRegions(config), ...config.witnessRegions]),
];

/** Alarms that ask for a failover. */
export const triggerAlarms = ({ alarms }: Pick<PairConfig, 'alarms'>): readonly TriggerAlarm[] =>
  alarms.filter((alarm) => alarm.role !== 'witness');

/** Alarms that are evidence, each with the region to read it from. */
export const witnessAlarms = (config: PairConfig): readonly (WitnessAlarm & { readonly region: string })[] =>
  config.alarms
    .filter((alarm) => alarm.role === 'witness')
    .map((alarm) => ({
      ...alarm,
      region: alarm.region ?? clusterOf(config, otherCluster(config, alarm.cluster)).region,
    }));

/** Name of the remote topic of a home topic of this set. */
export const remoteTopicOf = (placed: PlacedSet, topic: string): string =>
  own(placed.set.remoteNames ?? {}, topic) ?? `${placed.remotePrefix}${topic}`;

/** How MirrorMaker 2 reads at the source. */
export const isolationLevelOf = ({
  replication: { isolationLevel, exactlyOnce },
}: Pick<PairConfig, 'replication'>): IsolationLevel =>
  isolationLevel ?? (exactlyOnce ? 'read_committed' : 'read_uncommitted');

/** The configured bus, or one that no other pair of the account has. */
export const busOf = ({ pair, bus }: Pick<PairConfig, 'pair' | 'bus'>): string => bus ?? names.bus(pair);

const OWN_TRANSACTIONAL_IDS = 'mm2-failover.';

/** ARN of the function that is asked before a move of this set. */
export const vetoHookOf = (config: PairConfig, placed: PlacedSet): string | undefined =>
  placed.set.hooks?.veto ?? config.hooks?.veto;

/** Of everything that belongs to one pair. */
const prefix = (pair: string): string => `mm2-failover-${pair}`;

export const names = {
  prefix,
  /** Of the table above the pairs, which belongs to none of them. */
  sharedStack: (table: string, region: string) => `${table}-${region}`,
  stack: (pair: string, region: string) => `${prefix(pair)}-${region}`,
  observationsTable: (pair: string) => `${prefix(pair)}-observations`,
  controlTable: (pair: string) => `${prefix(pair)}-control`,
  fn: (pair: string, name: string) => `${prefix(pair)}-${name}`,
  machine: (pair: string, machine: Move) => `${prefix(pair)}-${machine}`,
  bus: prefix,
  topic: (pair: string) => `${prefix(pair)}-notifications`,
  /** Topic with one partition led by each broker; must not start with "__", which MirrorMaker 2 and brokers treat as internal. */
  canaryTopic: 'mm2-failover-canary',
  canaryGroup: (vantage: string) => `mm2-failover-canary-${vantage}`,
  /** Seed, pin and restore share it per set, group and cluster, so that each fences the one before. */
  transactionalId: (pair: string, set: string, group: string, cluster: string) =>
    `${OWN_TRANSACTIONAL_IDS}${pair}.${set}.${group}.${cluster}`,
  ownTransactionalIds: OWN_TRANSACTIONAL_IDS,
} as const;
