/** Both clusters of a pair judged together: each verdict looks at the other cluster and at replication as well. */
import type { ClusterObservation } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import { judgeCluster } from './cluster.ts';
import type { ClusterVerdict } from './cluster.ts';
import type { VantageReport } from './tally.ts';
import { voteOf } from './votes.ts';
import type { VoteRules } from './votes.ts';
import { judgeVantage } from './window.ts';
import type { WindowRules } from './window.ts';
import type { AlarmSaying, Witness } from './witnesses.ts';

export interface WatchedCluster {
  readonly alias: string;
  readonly region: string;
  /** By configured vantage; no entry may be missing, an empty list says nothing. */
  readonly observations: ReadonlyMap<string, readonly ClusterObservation[]>;
  readonly witness: Witness;
  readonly alarms: readonly AlarmSaying[];
  readonly incidentOpen: boolean;
}

export interface PairRules {
  readonly window: LookRules;
  readonly acceptSingleVantage: boolean;
  readonly settlingUntilMs: EpochMs | undefined;
}

/** From a look to a vote, and from votes to a judgement. */
export type LookRules = WindowRules & VoteRules;

export function reportsOn(
  { region, observations }: Pick<WatchedCluster, 'region' | 'observations'>,
  rules: LookRules,
  nowMs: EpochMs,
): readonly VantageReport[] {
  return [...observations].map(([vantage, seen]) => ({
    vantage,
    outside: vantage !== region,
    judgement: judgeVantage(
      seen.map((observation) => voteOf(observation, rules)),
      rules,
      nowMs,
    ),
  }));
}

export function judgePair(
  clusters: readonly WatchedCluster[],
  rules: PairRules,
  nowMs: EpochMs,
): ReadonlyMap<string, ClusterVerdict> {
  const watched = clusters.map((cluster) => ({ cluster, reports: reportsOn(cluster, rules.window, nowMs) }));
  return new Map(
    watched.map(({ cluster: { alias, witness, alarms, incidentOpen }, reports }) => [
      alias,
      judgeCluster({
        cluster: alias,
        reports,
        otherReports: watched.find(({ cluster }) => cluster.alias !== alias)?.reports ?? [],
        witness,
        alarms,
        incidentOpen,
        acceptSingleVantage: rules.acceptSingleVantage,
        settlingUntilMs: rules.settlingUntilMs,
      }),
    ]),
  );
}
