/** The verdicts about a cluster, one row each. */
import {
  alarmsSayDown,
  allStoppedBy,
  answersSomebody,
  areEnough,
  isConfirmed,
  isObjective,
  isSettling,
  otherIsDown,
  otherNamesResolve,
  serving,
  voters,
  witness,
} from './tally.ts';
import type { Tally } from './tally.ts';

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

export interface VerdictRow {
  readonly kind: ClusterVerdictKind;
  /** The evidence it needs, for people. */
  readonly needs: string;
  readonly allows: Allows;
  /** What makes it go away, for people. */
  readonly liftedBy: string;
  readonly holds: (tally: Tally) => boolean;
}

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
    holds: (t) => serving(t) > 0 && (areEnough(t.gray.length, t) || alarmsSayDown(t)),
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
    liftedBy: 'all brokers back, in sync and leading; a broker that was added later needs canary partitions',
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
