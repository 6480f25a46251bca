/** Verdict about a cluster, from every vantage's judgement, from replication and from alarms as further witnesses. */
import type { ErrorClass, Impairment } from '../contracts/observations.ts';
import type { EpochMs, NonEmpty } from '../contracts/primitives.ts';
import { isNonEmpty } from '../contracts/primitives.ts';
import { worseOf } from './impairment.ts';
import type { VantageJudgement } from './window.ts';
import type { AlarmSaying, Witness } from './witnesses.ts';
import { hearWitnesses } from './witnesses.ts';
import { instant } from './words.ts';

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
  readonly settlingUntilMs?: EpochMs;
  readonly acceptSingleVantage: boolean;
}

/** What a verdict allows: a move without hands, a move that a person approves, or none. */
export type Allows = 'automatic' | 'approval' | 'nothing';

export const CLUSTER_VERDICT_KINDS = [
  'UNKNOWN',
  'NAME_RESOLUTION',
  'CONFIG_FAULT',
  'PROBER_FAULT',
  'BOTH_DOWN',
  'UNREACHABLE_FROM_PROBERS',
  'CONFIRMED_DOWN',
  'CONFIRMED_DOWN_UNCORROBORATED',
  'PARTIAL_OUTAGE',
  'GRAY_FAILURE',
  'SUSPECTED_DOWN',
  'RECOVERING',
  'DEGRADED',
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
  /** What does not serve, where some vantage could tell. */
  readonly impairment?: Impairment;
}

export interface VerdictRow {
  readonly kind: ClusterVerdictKind;
  /** The evidence it needs, for people. */
  readonly needs: string;
  readonly allows: Allows;
  /** What makes it go away, for people. */
  readonly liftedBy: string;
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
  readonly gray: readonly With<'gray'>[];
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
    gray: of('gray'),
    up: of('up'),
    faulty: of('faulty'),
    absent: of('absent'),
  };
}

/** Vantages that see the cluster do at least some of its work. */
const serving = (t: Tally): number => t.partial.length + t.gray.length + t.up.length;
const voters = (t: Tally): number => t.confirmed.length + t.suspected.length + serving(t);

/** Some vantage confirms it, and none has seen the cluster serve, even in part, or answer. */
const isConfirmed = (t: Tally): boolean =>
  t.confirmed.length > 0 && serving(t) === 0 && !t.faulty.some((f) => f.judgement.signOfLife);

/** Two vantages, one of them outside: a cut between two regions looks the same from either end. */
function isObjective(t: Tally): boolean {
  if (!isConfirmed(t)) return false;
  const accepted = t.evidence.acceptSingleVantage;
  const outside = t.confirmed.some((report) => report.outside) || (accepted && t.evidence.reports.length === 1);
  return outside && t.confirmed.length >= (accepted ? 1 : 2);
}

/** Two vantages, or all there are. */
const areEnough = (count: number, { evidence: { reports } }: Tally): boolean => count >= Math.min(2, reports.length);

/** Every vantage that can say anything is stopped by one and the same class of failure; one alone might be the only one that has it. */
const allStoppedBy = (t: Tally, errorClass: ErrorClass): boolean =>
  voters(t) === 0 &&
  t.faulty.every((report) => report.judgement.errorClass === errorClass) &&
  (t.faulty.length >= 2 || (t.faulty.length === t.evidence.reports.length && t.evidence.acceptSingleVantage));

/** Names of the other cluster are found by the very vantages that do not find these. */
const otherNamesResolve = (t: Tally): boolean =>
  t.faulty.every(({ vantage }) => {
    const other = t.evidence.otherReports.find((report) => report.vantage === vantage)?.judgement;
    return other !== undefined && other.kind !== 'absent' && other.kind !== 'faulty';
  });

const isSettling = (t: Tally): boolean => t.evidence.settlingUntilMs !== undefined;
const otherIsDown = (t: Tally): boolean => isConfirmed(tallyOf(t.evidence, t.evidence.otherReports));
const witness = (t: Tally): Witness['kind'] => hearWitnesses(t.evidence.witness, t.evidence.alarms).kind;
/** Vantages cannot use it, but it told some of them who is in it: it is reached, and refuses work. */
const answersSomebody = (t: Tally): boolean => t.confirmed.some((report) => report.judgement.answered === true);
const alarmsSayDown = (t: Tally): boolean =>
  t.evidence.alarms.some(({ says }) => says === 'down') && !t.evidence.alarms.some(({ says }) => says === 'alive');

/** In order: the first row that holds is the verdict. */
export const CLUSTER_VERDICTS: readonly VerdictRow[] = [
  {
    kind: 'UNKNOWN',
    needs: 'no vantage has a fresh observation',
    allows: 'nothing',
    liftedBy: 'probes that run and can write their observations',
    holds: (t) => voters(t) === 0 && t.faulty.length === 0,
  },
  {
    kind: 'NAME_RESOLUTION',
    needs: 'two vantages look, none finds the names of this cluster, and each of them finds those of the other',
    allows: 'approval',
    liftedBy: 'DNS records of the bootstrap servers',
    holds: (t) => allStoppedBy(t, 'prober-fault-dns') && otherNamesResolve(t),
  },
  {
    kind: 'CONFIG_FAULT',
    needs: 'two vantages look, and all meet a server certificate that has expired or is not valid yet',
    allows: 'approval',
    liftedBy: 'a valid certificate on the brokers',
    holds: (t) => allStoppedBy(t, 'config-fault-server-cert'),
  },
  {
    kind: 'PROBER_FAULT',
    needs: 'vantages look, but none of them can tell: name resolution, credentials, certificates or their own running',
    allows: 'nothing',
    liftedBy: 'mending what the reasons name: secrets, ACLs, certificates, resolver, network of the prober',
    holds: (t) => voters(t) === 0,
  },
  {
    kind: 'BOTH_DOWN',
    needs: 'this cluster and the other one are both confirmed down: the observer is suspected first',
    allows: 'nothing',
    liftedBy: 'the other cluster, or the network between the vantages and both',
    holds: (t) => isConfirmed(t) && otherIsDown(t),
  },
  {
    kind: 'UNREACHABLE_FROM_PROBERS',
    needs: 'confirmed by vantages that get no answer, but replication or an alarm says that it lives',
    allows: 'nothing',
    liftedBy: 'the network between vantages and cluster; or the end of the veto',
    holds: (t) => isConfirmed(t) && witness(t) === 'ALIVE' && !answersSomebody(t),
  },
  {
    kind: 'CONFIRMED_DOWN',
    needs:
      'two vantages, one outside its region, for the confirm time; no vantage sees it alive; replication agrees, or an alarm does where replication cannot tell',
    allows: 'automatic',
    liftedBy: 'one vantage that can use it again',
    holds: (t) => isObjective(t) && witness(t) === 'CORROBORATES' && !isSettling(t),
  },
  {
    kind: 'CONFIRMED_DOWN_UNCORROBORATED',
    needs: 'confirmed, but by too few vantages, or neither replication nor an alarm can tell',
    allows: 'approval',
    liftedBy: 'a second vantage outside and a witness that agrees; or one vantage that can use it again',
    holds: (t) => isConfirmed(t) && witness(t) !== 'ALIVE' && !isSettling(t),
  },
  {
    kind: 'PARTIAL_OUTAGE',
    needs:
      'it serves in part: protected partitions are offline or below min ISR, groups have no coordinator, some canary writes are refused; or it refuses all work while a witness says that it lives',
    allows: 'approval',
    liftedBy: 'partitions with a leader and enough replicas in sync; whether a person is asked is guard G14',
    holds: (t) => t.partial.length > 0 || (isConfirmed(t) && witness(t) === 'ALIVE'),
  },
  {
    kind: 'GRAY_FAILURE',
    needs:
      'its metadata is fine, but two vantages get no answer or only slow ones to writes, reads or commits; or it serves the probes while an alarm says it is down',
    allows: 'approval',
    liftedBy: 'answers within the limit again, and alarms that are quiet',
    holds: (t) => serving(t) > 0 && ((t.gray.length > 0 && areEnough(t.gray.length, t)) || alarmsSayDown(t)),
  },
  {
    kind: 'SUSPECTED_DOWN',
    needs: 'some vantage cannot use it; not all agree, or not for the confirm time',
    allows: 'nothing',
    liftedBy: 'more successes than failures at every vantage; or the confirm time',
    holds: (t) => t.confirmed.length + t.suspected.length > 0,
  },
  {
    kind: 'RECOVERING',
    needs: 'it serves again after an outage, but not yet without failure for the recovery time',
    allows: 'nothing',
    liftedBy: 'the recovery time without a failure, seen from every vantage that can tell',
    holds: (t) => t.evidence.incidentOpen && (t.gray.length > 0 || !t.up.every((report) => report.judgement.recovered)),
  },
  {
    kind: 'DEGRADED',
    needs:
      'it serves, but brokers are missing or idle, there is no controller, protected partitions lack replicas, or one vantage gets late answers',
    allows: 'nothing',
    liftedBy: 'all brokers back, in sync and leading',
    holds: (t) => t.gray.length > 0 || t.up.some((report) => report.judgement.degraded !== undefined),
  },
  {
    kind: 'HEALTHY',
    needs: 'every vantage that can tell uses it',
    allows: 'nothing',
    liftedBy: '',
    holds: () => true,
  },
];

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
    ...(otherIsDown(t) ? ['the other cluster is confirmed down as well'] : []),
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

/** Verdicts that open an incident; it ends with HEALTHY. */
export const opensIncident = (kind: string): boolean =>
  ['BOTH_DOWN', 'UNREACHABLE_FROM_PROBERS', 'CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED'].includes(kind);
