/** Both clusters of a pair judged together: each verdict looks at the other cluster and at replication as well. */
import type { ClusterObservation } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import { judgeCluster } from './cluster.ts';
import type { ClusterVerdict, VantageReport, Witness } from './cluster.ts';
import { voteOf } from './votes.ts';
import { judgeVantage } from './window.ts';
import type { WindowRules } from './window.ts';

export interface WatchedCluster {
  readonly alias: string;
  readonly region: string;
  /** By configured vantage; no entry may be missing, an empty list says nothing. */
  readonly observations: ReadonlyMap<string, readonly ClusterObservation[]>;
  readonly witness: Witness;
  readonly incidentOpen: boolean;
}

export interface PairRules {
  readonly window: WindowRules;
  readonly acceptSingleVantage: boolean;
  readonly settlingUntilMs: EpochMs | undefined;
}

export function reportsOn(
  { region, observations }: Pick<WatchedCluster, 'region' | 'observations'>,
  rules: WindowRules,
  nowMs: EpochMs,
): readonly VantageReport[] {
  return [...observations].map(([vantage, seen]) => ({
    vantage,
    outside: vantage !== region,
    judgement: judgeVantage(seen.map(voteOf), rules, nowMs),
  }));
}

export function judgePair(
  clusters: readonly WatchedCluster[],
  rules: PairRules,
  nowMs: EpochMs,
): ReadonlyMap<string, ClusterVerdict> {
  const reports = new Map(clusters.map((cluster) => [cluster.alias, reportsOn(cluster, rules.window, nowMs)]));
  return new Map(
    clusters.map(({ alias, witness, incidentOpen }) => [
      alias,
      judgeCluster({
        cluster: alias,
        reports: reports.get(alias) ?? [],
        otherReports: [...reports].find(([other]) => other !== alias)?.[1] ?? [],
        witness,
        incidentOpen,
        acceptSingleVantage: rules.acceptSingleVantage,
        ...(rules.settlingUntilMs === undefined ? {} : { settlingUntilMs: rules.settlingUntilMs }),
      }),
    ]),
  );
}
