/** Verdict about a cluster, from every vantage's judgement, from replication and from alarms as further witnesses. */
import type { Impairment } from '../contracts/observations.ts';
import type { EpochMs, NonEmpty } from '../contracts/primitives.ts';
import { isNonEmpty } from '../contracts/primitives.ts';
import { worseOf } from './impairment.ts';
import { isConfirmed, isSettling, otherIsDown, tallyOf } from './tally.ts';
import type { ClusterEvidence, Tally, With } from './tally.ts';
import { CLUSTER_VERDICTS } from './verdicts.ts';
import type { Allows, ClusterVerdictKind } from './verdicts.ts';
import type { VantageJudgement } from './window.ts';
import { instant } from './words.ts';

export interface ClusterVerdict {
  readonly kind: ClusterVerdictKind;
  readonly allows: Allows;
  readonly reasons: NonEmpty<string>;
  readonly sentence: string;
  /** Since when vantages fail to use the cluster; only while one of them suspects. */
  readonly failingSinceMs?: EpochMs;
  /** What does not serve, where some vantage could tell. */
  readonly impairment?: Impairment;
}

export function judgeCluster(evidence: ClusterEvidence): ClusterVerdict {
  const tally = tallyOf(evidence);
  const row = CLUSTER_VERDICTS.find((candidate) => candidate.holds(tally))!;
  const reasons = reasonsOf(tally);
  const failing = [...tally.confirmed, ...tally.suspected];
  const since = failing.map((report) => report.judgement.sinceMs);
  const impairment = [...tally.partial, ...failing]
    .map((report) => report.judgement.impairment)
    .reduce(worseOf, undefined);
  return {
    kind: row.kind,
    allows: row.allows,
    reasons,
    sentence: `${evidence.cluster} is ${row.kind} (${row.needs}): ${reasons.join('; ')}`,
    ...(isNonEmpty(since) ? { failingSinceMs: Math.min(...since) } : {}),
    ...(impairment ? { impairment } : {}),
  };
}

function reasonsOf(t: Tally): NonEmpty<string> {
  const { evidence } = t;
  const failing = (report: With<'confirmed' | 'suspected'>, verb: string) =>
    `${report.vantage} ${verb} it down since ${instant(report.judgement.sinceMs)}: ${report.judgement.because}`;
  const reasons = [
    ...evidence.alarms.map(({ name, says }) => `alarm "${name}" says ${says}`),
    ...t.confirmed.map((report) => failing(report, 'confirms')),
    ...t.suspected.map((report) => failing(report, 'suspects')),
    ...t.partial.map(({ vantage, judgement }) => `${vantage} sees it serve in part: ${judgement.because}`),
    ...t.gray.map(({ vantage, judgement }) => `${vantage} gets answers late or not at all: ${judgement.because}`),
    ...t.up.map(({ vantage, judgement }) => `${vantage} uses it${qualifiers(judgement)}`),
    ...t.faulty.map(({ vantage, judgement }) => `${vantage} cannot tell: ${judgement.because}`),
    ...t.absent.map(({ vantage }) => `${vantage} has no fresh observation`),
    ...(otherIsDown(t) ? [`vantages confirm the other cluster down${isConfirmed(t) ? ' as well' : ''}`] : []),
    ...(isSettling(t)
      ? [`our own running was interrupted: observing only until ${instant(evidence.settlingUntilMs!)}`]
      : []),
  ];
  return [`replication: ${evidence.witness.kind}, ${evidence.witness.because}`, ...reasons];
}

const qualifiers = ({ recovered, degraded }: Extract<VantageJudgement, { kind: 'up' }>): string =>
  `${recovered ? '' : ', with failures or too few looks in the recovery time'}${degraded === undefined ? '' : `, but ${degraded}`}`;

/** What a stored kind allows; unknown words allow nothing. */
export const allowsOf = (kind: string): Allows =>
  CLUSTER_VERDICTS.find((row) => row.kind === kind)?.allows ?? 'nothing';

/**
 * The verdicts that end an incident: it serves again, without failure for the recovery time. A replica that is still missing days
 * later must not make the next outage look like this one.
 */
export const endsIncident = (kind: string): boolean => ['HEALTHY', 'DEGRADED'].includes(kind);

/** Verdicts that open an incident. */
export const opensIncident = (kind: string): boolean =>
  ['BOTH_DOWN', 'UNREACHABLE_FROM_PROBERS', 'CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED'].includes(kind);
