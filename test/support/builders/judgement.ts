/** Observations, votes, verdicts and facts for tests of the judgement. A timeline is a string: one letter per probe. */
import type {
  ClusterObservation,
  ErrorClass,
  FlowObservation,
  GroupView,
  HomeWrites,
  Rung,
  SetObservation,
} from '../../../core/contracts/observations.ts';
import { RUNGS } from '../../../core/contracts/observations.ts';
import type { StoredVerdict } from '../../../core/contracts/tables.ts';
import type { Vote } from '../../../core/health/votes.ts';
import type { LookRules } from '../../../core/health/pair.ts';
import { moveRulesOf, placeOf } from '../../../core/move/facts.ts';
import type { MoveFacts, MoveRequest } from '../../../core/move/facts.ts';
import { evaluateGuards, isInTheWay } from '../../../core/move/guards.ts';
import { pairConfig, placedK1, stateOf, TEN_O_CLOCK } from './pair.ts';

/** The defaults of the configuration: a probe every 10 s. */
export const RULES: LookRules = {
  slowRungMs: 2_000,
  windowSamples: 6,
  suspectFailures: 3,
  confirmMs: 60_000,
  recoverMs: 600_000,
  recoverSuccesses: 30,
  staleMs: 30_000,
};

export const INTERVAL_MS = 10_000;

/** U up, E degraded, G gray, P partial, D down, A abstains, L abstains with a sign of life, "." no vote. */
export function vote(letter: string, atMs: number): Vote | undefined {
  switch (letter) {
    case 'U':
      return { kind: 'up', atMs };
    case 'E':
      return { kind: 'degraded', atMs, because: '1 brokers that hold replicas are missing' };
    case 'G':
      return { kind: 'gray', atMs, because: 'canary-write took 2500 ms' };
    case 'D':
      return { kind: 'down', atMs, because: 'tcp: refused' };
    case 'P':
      return { kind: 'partial', atMs, because: '1 of 3 canary partitions' };
    case 'A':
      return { kind: 'abstain', atMs, signOfLife: false, because: 'dns: timeout' };
    case 'L':
      return { kind: 'abstain', atMs, signOfLife: true, because: 'sasl: refused' };
    default:
      return undefined;
  }
}

/** One vote every ten seconds; the last one at ten o'clock. Spaces are ignored. */
export function timeline(letters: string, endMs = TEN_O_CLOCK, intervalMs = INTERVAL_MS): readonly Vote[] {
  const probes = Array.from(letters.replaceAll(' ', ''));
  return probes.flatMap((letter, i) => vote(letter, endMs - (probes.length - 1 - i) * intervalMs) ?? []);
}

export const brokenAt = (
  rung: Rung,
  errorClass: ErrorClass,
  changes: Partial<ClusterObservation> = {},
): ClusterObservation => ({
  pair: 'orders',
  cluster: 'K1',
  vantage: 'eu-west-1',
  atMs: TEN_O_CLOCK,
  rungs: [
    ...RUNGS.slice(0, RUNGS.indexOf(rung)).map((held) => ({ kind: 'held', rung: held, tookMs: 3 }) as const),
    { kind: 'broke', rung, tookMs: 3_000, errorClass, error: 'as it was thrown' },
  ],
  ...changes,
});

export const wholeLadder = (changes: Partial<ClusterObservation> = {}): ClusterObservation => ({
  pair: 'orders',
  cluster: 'K1',
  vantage: 'eu-west-1',
  atMs: TEN_O_CLOCK,
  rungs: RUNGS.map((rung) => ({ kind: 'held', rung, tookMs: 3 }) as const),
  canary: { partitions: 3, failed: 0 },
  ...changes,
});

export const flowLook = (changes: Partial<FlowObservation> = {}): FlowObservation => ({
  pair: 'orders',
  source: 'K1',
  target: 'K2',
  vantage: 'eu-central-1',
  atMs: TEN_O_CLOCK,
  ownHeartbeatMs: TEN_O_CLOCK - 1_000,
  copiedHeartbeatMs: TEN_O_CLOCK - 1_000,
  problems: [],
  ...changes,
});

export const storedVerdict = (subject: string, kind: string, changes: Partial<StoredVerdict> = {}): StoredVerdict => ({
  subject,
  kind,
  sinceMs: TEN_O_CLOCK - 3_600_000,
  judgedAtMs: TEN_O_CLOCK,
  sentence: `${subject} is ${kind}`,
  ...changes,
});

export const group = (changes: Partial<GroupView> = {}): GroupView => ({ activity: 'absent', members: [], ...changes });

export const member = (clientId: string, assigned: Record<string, number[]> = {}): GroupView['members'][number] => ({
  memberId: `${clientId}-1`,
  clientId,
  assigned,
});

/** Everything is there at the refuge, the group is alive under a Java assignor, nobody is at home. */
export const setLook = (changes: Partial<SetObservation> = {}): SetObservation => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  atMs: TEN_O_CLOCK,
  refugeTopics: { orders: 3, payments: 3 },
  remoteTopics: { 'K1.orders': 3, 'K1.payments': 3 },
  groupsAtRefuge: {
    billing: group({ activity: 'active', assignor: 'range', members: [member('k2-billing', { orders: [0, 1, 2] })] }),
  },
  groupsAtHome: { billing: group({ activity: 'empty' }) },
  homeClusterId: 'cluster-one',
  problems: [],
  ...changes,
});

export const requestOfRule = (changes: Partial<MoveRequest> = {}): MoveRequest => ({
  move: 'failover',
  trigger: 'automatic',
  requestedBy: 'assess',
  reason: 'K1 is CONFIRMED_DOWN',
  force: false,
  refugeLost: false,
  rebuiltHome: false,
  acceptDataLoss: false,
  execution: 'execution-one',
  startedAtMs: TEN_O_CLOCK,
  ...changes,
});

export const byPerson = (changes: Partial<MoveRequest> = {}): MoveRequest =>
  requestOfRule({ trigger: 'manual', requestedBy: 'ada', reason: 'K1 is gone', ...changes });

const config = pairConfig();

/** K1 is CONFIRMED_DOWN, K2 is fine, a rule asks for a failover of clients-k1 in mode "automatic": it moves. */
export const outageFacts = (changes: Partial<MoveFacts> = {}): MoveFacts => ({
  nowMs: TEN_O_CLOCK,
  stance: 'before-claim',
  request: requestOfRule(),
  place: placeOf(placedK1(config)),
  state: stateOf(config),
  verdicts: {
    home: storedVerdict('cluster:K1', 'CONFIRMED_DOWN'),
    refuge: storedVerdict('cluster:K2', 'HEALTHY'),
    outbound: storedVerdict('flow:K1->K2', 'REPLICATION_DOWN'),
    inbound: storedVerdict('flow:K2->K1', 'UNKNOWN'),
  },
  found: setLook(),
  homeClusterId: 'cluster-one',
  loss: null,
  pauses: [],
  moving: [],
  rehearsedAtMs: null,
  scratch: null,
  veto: null,
  rules: moveRulesOf(config),
  ...changes,
});

/** At home nobody has written since it is back. */
export const nothingWritten = (changes: Partial<HomeWrites> = {}): HomeWrites => ({
  leftHomeAtMs: TEN_O_CLOCK - 7_200_000,
  clusterId: 'cluster-one',
  sinceMs: TEN_O_CLOCK - 3_600_000,
  lookedAtMs: TEN_O_CLOCK - 10_000,
  ends: { orders: { 0: '100' } },
  written: {},
  ...changes,
});

/** K1 has been back for an hour, the set is at K2, a person asks for the way home: it moves. */
export const recoveryFacts = (changes: Partial<MoveFacts> = {}): MoveFacts =>
  outageFacts({
    request: byPerson({ move: 'failback', reason: 'K1 is back' }),
    state: stateOf(config, { phase: 'refuge', epoch: 1, revision: 3, leftHomeAtMs: TEN_O_CLOCK - 7_200_000 }),
    verdicts: {
      home: storedVerdict('cluster:K1', 'HEALTHY'),
      refuge: storedVerdict('cluster:K2', 'HEALTHY'),
      outbound: storedVerdict('flow:K1->K2', 'HEALTHY'),
      inbound: storedVerdict('flow:K2->K1', 'HEALTHY'),
    },
    found: setLook({ homeWrites: nothingWritten() }),
    ...changes,
  });

export const withVerdicts = (
  facts: MoveFacts,
  verdicts: Partial<Record<keyof MoveFacts['verdicts'], string>>,
): MoveFacts => ({
  ...facts,
  verdicts: Object.fromEntries(
    Object.entries(facts.verdicts).map(([role, stored]) => {
      const kind = verdicts[role as keyof MoveFacts['verdicts']];
      return [role, kind === undefined ? stored : { ...stored, kind, sentence: `${stored.subject} is ${kind}` }];
    }),
  ) as unknown as MoveFacts['verdicts'],
});

/** Ids of the guards that are in the way. */
export const inTheWay = (facts: MoveFacts): readonly string[] =>
  evaluateGuards(facts)
    .filter(isInTheWay)
    .map(({ id }) => id);

/** What a guard says: `holds: ...`, `skipped: ...`, or what it leads to (`refuse: ...`); undefined = it does not apply. */
export function told(facts: MoveFacts, id: string): string | undefined {
  const result = evaluateGuards(facts).find((guard) => guard.id === id);
  if (!result) return undefined;
  return `${result.holds ? 'holds' : result.skipped ? 'skipped' : result.effect}: ${result.sentence}`;
}
