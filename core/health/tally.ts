/** What all vantages and witnesses together say about a cluster: the questions that verdicts are made of. */
import type { ErrorClass } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import type { VantageJudgement } from './window.ts';
import type { AlarmSaying, Witness } from './witnesses.ts';
import { hearWitnesses } from './witnesses.ts';

export interface VantageReport {
  readonly vantage: string;
  /** Not in the region of the judged cluster. */
  readonly outside: boolean;
  readonly judgement: VantageJudgement;
}

export interface ClusterEvidence {
  readonly cluster: string;
  /** One report per configured vantage, absent ones too. */
  readonly reports: readonly VantageReport[];
  /** Witness B, replication. */
  readonly witness: Witness;
  /** Witness C: configured alarms about this cluster. */
  readonly alarms: readonly AlarmSaying[];
  /** The same reports about the other cluster of the pair. */
  readonly otherReports: readonly VantageReport[];
  /** An outage was confirmed and the cluster has not recovered since. */
  readonly incidentOpen: boolean;
  /** Our own running had a gap or the clock jumped: until then nothing is confirmed. */
  readonly settlingUntilMs?: EpochMs | undefined;
  readonly acceptSingleVantage: boolean;
}

export type With<K extends VantageJudgement['kind']> = VantageReport & {
  readonly judgement: Extract<VantageJudgement, { kind: K }>;
};

export interface Tally {
  readonly evidence: ClusterEvidence;
  readonly confirmed: readonly With<'confirmed' | 'suspected'>[];
  readonly suspected: readonly With<'confirmed' | 'suspected'>[];
  readonly partial: readonly With<'partial'>[];
  readonly gray: readonly With<'gray'>[];
  readonly up: readonly With<'up'>[];
  readonly faulty: readonly With<'faulty'>[];
  readonly absent: readonly VantageReport[];
}

export function tallyOf(evidence: ClusterEvidence, reports = evidence.reports): Tally {
  const of = <K extends VantageJudgement['kind']>(...kinds: K[]) =>
    reports.filter((report): report is With<K> => (kinds as string[]).includes(report.judgement.kind));
  return {
    evidence,
    confirmed: of('confirmed'),
    suspected: of('suspected'),
    partial: of('partial'),
    gray: of('gray'),
    up: of('up'),
    faulty: of('faulty'),
    absent: of('absent'),
  };
}

/** Vantages that see the cluster do at least some of its work. */
export const serving = (t: Tally): number => t.partial.length + t.gray.length + t.up.length;
export const voters = (t: Tally): number => t.confirmed.length + t.suspected.length + serving(t);

/** Some vantage confirms it, and none has seen the cluster serve, even in part, or answer. */
export const isConfirmed = (t: Tally): boolean =>
  t.confirmed.length > 0 && serving(t) === 0 && !t.faulty.some((f) => f.judgement.signOfLife);

/** Two vantages, one of them outside: a cut between two regions looks the same from either end. */
export function isObjective(t: Tally): boolean {
  if (!isConfirmed(t)) return false;
  const accepted = t.evidence.acceptSingleVantage;
  const outside = t.confirmed.some((report) => report.outside) || (accepted && t.evidence.reports.length === 1);
  return outside && t.confirmed.length >= (accepted ? 1 : 2);
}

/** Two vantages, or all there are. */
export const areEnough = (count: number, { evidence: { reports } }: Tally): boolean =>
  count >= Math.min(2, reports.length);

/** Every vantage that can say anything is stopped by one and the same class of failure; one alone might be the only one that has it. */
export const allStoppedBy = (t: Tally, errorClass: ErrorClass): boolean =>
  voters(t) === 0 &&
  t.faulty.every((report) => report.judgement.errorClass === errorClass) &&
  (t.faulty.length >= 2 || (t.faulty.length === t.evidence.reports.length && t.evidence.acceptSingleVantage));

/** Names of the other cluster are found by the very vantages that do not find these. */
export const otherNamesResolve = (t: Tally): boolean =>
  t.faulty.every(({ vantage }) => {
    const other = t.evidence.otherReports.find((report) => report.vantage === vantage)?.judgement;
    return other !== undefined && other.kind !== 'absent' && other.kind !== 'faulty';
  });

export const isSettling = (t: Tally): boolean => t.evidence.settlingUntilMs !== undefined;
export const otherIsDown = (t: Tally): boolean => isConfirmed(tallyOf(t.evidence, t.evidence.otherReports));
export const witness = (t: Tally): Witness['kind'] => hearWitnesses(t.evidence.witness, t.evidence.alarms).kind;
/** Vantages cannot use it, but it told some of them who is in it: it is reached, and refuses work. */
export const answersSomebody = (t: Tally): boolean => t.confirmed.some((report) => report.judgement.answered === true);
export const alarmsSayDown = (t: Tally): boolean =>
  t.evidence.alarms.length > 0 && t.evidence.alarms.every(({ says }) => says === 'down');
