/** Reads every vantage's observations and what was judged before. A table that cannot be read is no observation. */
import { clusterRegions, otherCluster, vantages, witnessAlarms } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { ClusterObservation, FlowObservation } from '../../core/contracts/observations.ts';
import type { StoredVerdict } from '../../core/contracts/tables.ts';
import { flowRulesOf, horizonMs } from '../../core/health/rules.ts';
import { clusterSubject, flowSubject } from '../../core/health/subjects.ts';
import { sayingsAbout } from '../../core/health/witnesses.ts';
import type { AlarmSaying, AlarmState, AlarmStates } from '../../core/health/witnesses.ts';
import { inTime } from '../gather/in-time.ts';
import type { Ports } from '../ports.ts';

export type GatherPorts = Pick<Ports, 'observationsOf' | 'alarms' | 'control' | 'clock' | 'log'>;

export type AssessPorts = GatherPorts & Pick<Ports, 'observations' | 'shared' | 'events' | 'metrics'>;

export interface Flow {
  readonly source: string;
  readonly target: string;
  readonly subject: string;
  readonly looks: readonly FlowObservation[];
  readonly previous: StoredVerdict | null;
}

export interface Cluster {
  readonly alias: string;
  readonly subject: string;
  readonly region: string;
  /** By vantage; one that could not be read is empty. */
  readonly observations: ReadonlyMap<string, readonly ClusterObservation[]>;
  /** What configured alarms say about it; silent ones are left out. */
  readonly alarms: readonly AlarmSaying[];
  readonly previous: StoredVerdict | null;
}

export interface Gathered {
  readonly nowMs: number;
  readonly clusters: readonly Cluster[];
  readonly flows: readonly Flow[];
}

/** A region that is cut off must not hold up the judgement about the others. */
const READ_LIMIT_MS = 3_000;

export async function gather(ports: GatherPorts, config: PairConfig): Promise<Gathered> {
  const nowMs = ports.clock.nowMs();
  const aliases = Object.keys(config.clusters);
  const alarms = gatherAlarms(ports, config);
  const [clusters, flows] = await Promise.all([
    Promise.all(aliases.map((alias) => gatherCluster(ports, config, { alias, nowMs, alarms }))),
    Promise.all(aliases.map((target) => gatherFlow(ports, config, { target, nowMs }))),
  ]);
  // Judged by the time after reading: what arrived meanwhile is not in the future.
  return { nowMs: ports.clock.nowMs(), clusters, flows };
}

async function gatherCluster(
  ports: GatherPorts,
  config: PairConfig,
  { alias, nowMs, alarms }: { readonly alias: string; readonly nowMs: number; readonly alarms: Promise<AlarmStates> },
): Promise<Cluster> {
  const sinceMs = nowMs - horizonMs(config);
  const read = async (vantage: string) =>
    [
      vantage,
      await readInTime(ports, `observations of ${vantage}`, [], () =>
        ports.observationsOf(vantage).clustersSince(alias, sinceMs),
      ),
    ] as const;
  const subject = clusterSubject(alias);
  const [observations, previous, states] = await Promise.all([
    Promise.all(vantages(config).map(read)),
    ports.control.verdict(subject),
    alarms,
  ]);
  return {
    alias,
    subject,
    region: config.clusters[alias]?.region ?? '',
    observations: new Map(observations),
    alarms: sayingsAbout(alias, witnessAlarms(config), states),
    previous,
  };
}

/** A flow is watched from its target's region. */
async function gatherFlow(
  ports: GatherPorts,
  config: PairConfig,
  { target, nowMs }: { readonly target: string; readonly nowMs: number },
): Promise<Flow> {
  const source = otherCluster(config, target);
  const subject = flowSubject(source, target);
  const region = config.clusters[target]?.region ?? clusterRegions(config)[0]!;
  const { freshMs, staleMs } = flowRulesOf(config);
  const [looks, previous] = await Promise.all([
    readInTime(ports, `observations of ${region}`, [], () =>
      ports.observationsOf(region).flowsSince(source, target, nowMs - freshMs - staleMs),
    ),
    ports.control.verdict(subject),
  ]);
  return { source, target, subject, looks, previous };
}

/** States of the alarms that are witnesses; regions that cannot be read are left out, so their alarms abstain. */
async function gatherAlarms(ports: GatherPorts, config: PairConfig): Promise<AlarmStates> {
  const byRegion = Map.groupBy(witnessAlarms(config), ({ region }) => region);
  const read = async (region: string, names: readonly string[]) =>
    [
      region,
      await readInTime(ports, `alarms in ${region}`, new Map<string, AlarmState>(), () =>
        ports.alarms.states(region, names),
      ),
    ] as const;
  return new Map(
    await Promise.all(
      [...byRegion].map(([region, alarms]) =>
        read(
          region,
          alarms.map(({ name }) => name),
        ),
      ),
    ),
  );
}

/** What cannot be read in time is absent: it says nothing. */
async function readInTime<T>(ports: GatherPorts, what: string, absent: T, read: () => Promise<T>): Promise<T> {
  try {
    return await inTime(READ_LIMIT_MS, read);
  } catch (error) {
    ports.log.warn('something could not be read: it counts as absent', { what, error });
    return absent;
  }
}
