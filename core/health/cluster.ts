/** Verdict about a cluster, from every vantage's judgement and from replication as a second witness. */
import type { EpochMs, NonEmpty } from '../contracts/primitives.ts';
import { isNonEmpty } from '../contracts/primitives.ts';
import { instant } from './words.ts';
import type { VantageJudgement } from './window.ts';

/** Witness B: replication as seen on the other cluster (core/replication/heartbeats.ts). Alone it never confirms; alive is a veto. */
export interface Witness {
  readonly kind: 'ALIVE' | 'CORROBORATES' | 'UNAVAILABLE';
  readonly because: string;
}

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
  readonly witness: Witness;
  /** The same reports about the other cluster of the pair. */
  readonly otherReports: readonly VantageReport[];
  /** An outage was confirmed and the cluster has not recovered since. */
  readonly incidentOpen: boolean;
  /** Our own running had a gap or the clock jumped: until then nothing is confirmed. */
  readonly settlingUntilMs?: EpochMs;
  readonly acceptSingleVantage: boolean;
}

/** What a verdict allows: a move without hands, a move that a person approves, or none. */
export type Allows = 'automatic' | 'approval' | 'nothing';

export const CLUSTER_VERDICT_KINDS = [
  'UNKNOWN',
  'PROBER_FAULT',
  'BOTH_DOWN',
  'UNREACHABLE_FROM_PROBERS',
  'CONFIRMED_DOWN',
  'CONFIRMED_DOWN_UNCORROBORATED',
  'SUSPECTED_DOWN',
  'PARTIAL_OUTAGE',
  'RECOVERING',
  'HEALTHY',
] as const;
export type ClusterVerdictKind = (typeof CLUSTER_VERDICT_KINDS)[number];

export interface ClusterVerdict {
  readonly kind: ClusterVerdictKind;
  readonly allows: Allows;
  readonly reasons: NonEmpty<string>;
  readonly sentence: string;
  /** Since when vantages fail to use the cluster; only while one of them suspects. */
  readonly failingSinceMs?: EpochMs;
}

export interface VerdictRow {
  readonly kind: ClusterVerdictKind;
  /** The evidence it needs, for people. */
  readonly needs: string;
  readonly allows: Allows;
  readonly holds: (tally: Tally) => boolean;
}

type With<K extends VantageJudgement['kind']> = VantageReport & {
  readonly judgement: Extract<VantageJudgement, { kind: K }>;
};

interface Tally {
  readonly evidence: ClusterEvidence;
  readonly confirmed: readonly With<'confirmed' | 'suspected'>[];
  readonly suspected: readonly With<'confirmed' | 'suspected'>[];
  readonly partial: readonly With<'partial'>[];
  readonly up: readonly With<'up'>[];
  readonly faulty: readonly With<'faulty'>[];
  readonly absent: readonly VantageReport[];
}

function tallyOf(evidence: ClusterEvidence, reports = evidence.reports): Tally {
  const of = <K extends VantageJudgement['kind']>(...kinds: K[]) =>
    reports.filter((report): report is With<K> => (kinds as string[]).includes(report.judgement.kind));
  return {
    evidence,
    confirmed: of('confirmed'),
    suspected: of('suspected'),
    partial: of('partial'),
    up: of('up'),
    faulty: of('faulty'),
    absent: of('absent'),
  };
}

const voters = (t: Tally): number => t.confirmed.length + t.suspected.length + t.partial.length + t.up.length;

/** Some vantage confirms it, and none has seen the cluster serve, even in part, or answer. */
const isConfirmed = (t: Tally): boolean =>
  t.confirmed.length > 0 &&
  t.up.length === 0 &&
  t.partial.length === 0 &&
  !t.faulty.some((f) => f.judgement.signOfLife);

/** Two vantages, one of them outside: a cut between two regions looks the same from either end. */
function isObjective(t: Tally): boolean {
  if (!isConfirmed(t)) return false;
  const accepted = t.evidence.acceptSingleVantage;
  const outside = t.confirmed.some((report) => report.outside) || (accepted && t.evidence.reports.length === 1);
  return outside && t.confirmed.length >= (accepted ? 1 : 2);
}

const isSettling = (t: Tally): boolean => t.evidence.settlingUntilMs !== undefined;
const otherIsDown = (t: Tally): boolean => isConfirmed(tallyOf(t.evidence, t.evidence.otherReports));
const witness = (t: Tally): Witness['kind'] => t.evidence.witness.kind;

/** In order: the first row that holds is the verdict. */
export const CLUSTER_VERDICTS: readonly VerdictRow[] = [
  {
    kind: 'UNKNOWN',
    needs: 'no vantage has a fresh observation',
    allows: 'nothing',
    holds: (t) => voters(t) === 0 && t.faulty.length === 0,
  },
  {
    kind: 'PROBER_FAULT',
    needs: 'vantages look, but none of them can tell: name resolution, credentials, certificates or their own running',
    allows: 'nothing',
    holds: (t) => voters(t) === 0,
  },
  {
    kind: 'BOTH_DOWN',
    needs: 'this cluster and the other one are both confirmed down: the observer is suspected first',
    allows: 'nothing',
    holds: (t) => isConfirmed(t) && otherIsDown(t),
  },
  {
    kind: 'UNREACHABLE_FROM_PROBERS',
    needs: 'confirmed by vantages, but replication still brings something from it',
    allows: 'nothing',
    holds: (t) => isConfirmed(t) && witness(t) === 'ALIVE',
  },
  {
    kind: 'CONFIRMED_DOWN',
    needs: 'two vantages, one outside its region, for the confirm time; no vantage sees it alive; replication agrees',
    allows: 'automatic',
    holds: (t) => isObjective(t) && witness(t) === 'CORROBORATES' && !isSettling(t),
  },
  {
    kind: 'CONFIRMED_DOWN_UNCORROBORATED',
    needs: 'confirmed, but by too few vantages, or replication cannot tell',
    allows: 'approval',
    holds: (t) => isConfirmed(t) && !isSettling(t),
  },
  {
    kind: 'SUSPECTED_DOWN',
    needs: 'some vantage cannot use it; not all agree, or not for the confirm time',
    allows: 'nothing',
    holds: (t) => t.confirmed.length + t.suspected.length > 0,
  },
  {
    kind: 'PARTIAL_OUTAGE',
    needs: 'it serves in part: some canary partitions, reads or group commits fail',
    allows: 'nothing',
    holds: (t) => t.partial.length > 0,
  },
  {
    kind: 'RECOVERING',
    needs: 'it serves again after an outage, but not yet without failure for the recovery time',
    allows: 'nothing',
    holds: (t) => t.evidence.incidentOpen && !t.up.every((report) => report.judgement.recovered),
  },
  { kind: 'HEALTHY', needs: 'every vantage that can tell uses it', allows: 'nothing', holds: () => true },
];

export function judgeCluster(evidence: ClusterEvidence): ClusterVerdict {
  const tally = tallyOf(evidence);
  const row = CLUSTER_VERDICTS.find((candidate) => candidate.holds(tally))!;
  const reasons = reasonsOf(tally);
  const failing = [...tally.confirmed, ...tally.suspected].map((report) => report.judgement.sinceMs);
  return {
    kind: row.kind,
    allows: row.allows,
    reasons,
    sentence: `${evidence.cluster} is ${row.kind} (${row.needs}): ${reasons.join('; ')}`,
    ...(isNonEmpty(failing) ? { failingSinceMs: Math.min(...failing) } : {}),
  };
}

function reasonsOf(t: Tally): NonEmpty<string> {
  const failing = (report: With<'confirmed' | 'suspected'>, verb: string) =>
    `${report.vantage} ${verb} it down since ${instant(report.judgement.sinceMs)}: ${report.judgement.because}`;
  const reasons = [
    ...t.confirmed.map((report) => failing(report, 'confirms')),
    ...t.suspected.map((report) => failing(report, 'suspects')),
    ...t.partial.map(({ vantage, judgement }) => `${vantage} sees it serve in part: ${judgement.because}`),
    ...t.up.map(
      ({ vantage, judgement }) =>
        `${vantage} uses it${judgement.recovered ? '' : ', with failures or too few looks in the recovery time'}`,
    ),
    ...t.faulty.map(({ vantage, judgement }) => `${vantage} cannot tell: ${judgement.because}`),
    ...t.absent.map(({ vantage }) => `${vantage} has no fresh observation`),
    ...(otherIsDown(t) ? ['the other cluster is confirmed down as well'] : []),
    ...(isSettling(t)
      ? [`our own running was interrupted: observing only until ${instant(t.evidence.settlingUntilMs!)}`]
      : []),
  ];
  return [`replication: ${t.evidence.witness.kind}, ${t.evidence.witness.because}`, ...reasons];
}

/** What a stored kind allows; unknown words allow nothing. */
export const allowsOf = (kind: string): Allows =>
  CLUSTER_VERDICTS.find((row) => row.kind === kind)?.allows ?? 'nothing';

/** Verdicts that open an incident; it ends with HEALTHY. */
export const opensIncident = (kind: string): boolean =>
  ['BOTH_DOWN', 'UNREACHABLE_FROM_PROBERS', 'CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED'].includes(kind);
