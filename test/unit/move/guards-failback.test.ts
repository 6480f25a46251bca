/** The way home: what each guard of it says, and to which starts it applies. */
import { describe, expect, test } from '@jest/globals';
import type { MoveFacts } from '../../../core/move/facts.ts';
import {
  byPerson,
  group,
  member,
  outageFacts,
  recoveryFacts,
  requestOfRule,
  setLook,
  storedVerdict,
  told,
  withVerdicts,
} from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const back = recoveryFacts;
const healthyFor = (ms: number, request = byPerson({ move: 'failback' })): MoveFacts => {
  const facts = back({ request });
  const home = storedVerdict('cluster:K1', 'HEALTHY', { sinceMs: TEN_O_CLOCK - ms });
  return { ...facts, verdicts: { ...facts.verdicts, home } };
};
/** Nobody is asked: a rule, mode and failback "automatic". */
const alone = (state: Partial<MoveFacts['state']> = {}, changes: Partial<MoveFacts> = {}): MoveFacts => {
  const facts = back({ request: requestOfRule({ move: 'failback' }), ...changes });
  return { ...facts, place: { ...facts.place, failback: 'automatic' }, state: { ...facts.state, ...state } };
};
/** A person starts the way to a home behind whose address another cluster answers. */
const rebuilt = (changes: Partial<MoveFacts>): MoveFacts =>
  back({
    request: byPerson({ move: 'failback', rebuiltHome: true }),
    found: setLook({ homeClusterId: 'cluster-two' }),
    ...changes,
  });
const SUPERSEDED = { superseded: { epoch: 2, atMs: TEN_O_CLOCK - 600_000, times: 1 } };

test.each<readonly [string, string, MoveFacts, string]>([
  ['home is well', 'FB-healthy', back(), 'holds: cluster:K1 is HEALTHY'],
  [
    'home is recovering',
    'FB-healthy',
    withVerdicts(back(), { home: 'RECOVERING' }),
    'refuse: cluster:K1 is RECOVERING',
  ],
  ...['HEALTHY', 'DEGRADED', 'RECOVERING', 'GRAY_FAILURE', 'PARTIAL_OUTAGE'].map(
    (refuge) =>
      [
        `the refuge is ${refuge}: positions can be read`,
        'FB-refuge',
        withVerdicts(back(), { refuge }),
        `holds: cluster:K2 is ${refuge}`,
      ] as const,
  ),
  [
    'the refuge is suspected',
    'FB-refuge',
    withVerdicts(back(), { refuge: 'SUSPECTED_DOWN' }),
    'refuse: cluster:K2 is SUSPECTED_DOWN',
  ],
  [
    'home is not healthy yet',
    'G6-dwell',
    withVerdicts(back(), { home: 'DEGRADED' }),
    'refuse: K1 is DEGRADED, so its dwell time has not begun',
  ],
  [
    'the dwell time has a minute to go',
    'G6-dwell',
    healthyFor(1_740_000),
    'refuse: K1 has been healthy since 2026-11-22T09:31:00Z; the dwell time of 1800 s ends at 2026-11-22T10:01:00Z',
  ],
  [
    'the dwell time is over this instant',
    'G6-dwell',
    healthyFor(1_800_000),
    'holds: K1 has been healthy since 2026-11-22T09:30:00Z',
  ],
  [
    'home was left 29 min ago',
    'G6-left',
    alone({ leftHomeAtMs: TEN_O_CLOCK - 1_740_000 }),
    'ask: K1 was left at 2026-11-22T09:31:00Z; going back there alone is allowed from 2026-11-22T10:01:00Z',
  ],
  [
    'home was left 30 min ago',
    'G6-left',
    alone({ leftHomeAtMs: TEN_O_CLOCK - 1_800_000 }),
    'holds: K1 was not left within 1800 s',
  ],
  [
    'nobody knows when home was left',
    'G6-left',
    alone({ leftHomeAtMs: undefined }),
    'holds: K1 was not left within 1800 s',
  ],
  ['no way home was cut short', 'FB-again', alone(), 'holds: K1 was not lost on an earlier way back'],
  [
    'home was lost on the way back',
    'FB-again',
    alone(SUPERSEDED),
    'ask: K1 was lost at 2026-11-22T09:50:00Z while epoch 2 led there: a person decides about the next way back',
  ],
  ['the cluster that was left', 'FB-same-cluster', back(), 'holds: K1 is still cluster cluster-one'],
  [
    'another cluster answers',
    'FB-same-cluster',
    back({ found: setLook({ homeClusterId: 'cluster-two' }) }),
    'refuse: K1 was cluster cluster-one and is cluster-two now: another log, positions mean nothing there',
  ],
  [
    'the id cannot be read',
    'FB-same-cluster',
    back({ found: setLook({ homeClusterId: undefined }) }),
    'refuse: the cluster id of K1 could not be read',
  ],
  [
    'the id was never known',
    'FB-same-cluster',
    back({ homeClusterId: null }),
    'refuse: the cluster id that K1 had at the failover is not known; configure expectedClusterId ("cluster-one" answers now)',
  ],
  [
    'home was rebuilt',
    'FB-same-cluster',
    rebuilt({ lostWithHome: { records: '714', unknownPartitions: 0 } }),
    "holds: K1 was cluster cluster-one and is cluster-two now, rebuilt, says ada: at least 714 record(s) that nobody had copied are lost with its log; positions there begin at the log start; MirrorMaker 2's source offsets of K1->K2 must be reset",
  ],
  [
    'home was rebuilt, its tail known in part',
    'FB-same-cluster',
    rebuilt({ lostWithHome: { records: '700', unknownPartitions: 2 }, homeClusterId: null }),
    "holds: K1 was cluster unknown and is cluster-two now, rebuilt, says ada: at least 700 record(s) that nobody had copied are lost with its log, unknown for 2 partition(s); positions there begin at the log start; MirrorMaker 2's source offsets of K1->K2 must be reset",
  ],
  [
    'home was rebuilt, and no positions are stored',
    'FB-same-cluster',
    rebuilt({ lostWithHome: null }),
    "holds: K1 was cluster cluster-one and is cluster-two now, rebuilt, says ada: how much was lost with its log is not known; positions there begin at the log start; MirrorMaker 2's source offsets of K1->K2 must be reset",
  ],
  [
    'home was rebuilt, says a rule',
    'FB-same-cluster',
    rebuilt({ request: { ...rebuilt({}).request, trigger: 'automatic' } }),
    'refuse: only a person may say that K1 was rebuilt',
  ],
  [
    'home was rebuilt, and another id is configured',
    'FB-same-cluster',
    rebuilt({ homeClusterIdIsConfigured: true }),
    'refuse: K1 answers as cluster cluster-two, and expectedClusterId is "cluster-one"; configure the new one and deploy',
  ],
  [
    'a person says that home lost its log, and it is the cluster that was left or is configured',
    'FB-same-cluster',
    rebuilt({ found: setLook(), lostWithHome: { records: '714', unknownPartitions: 0 } }),
    'holds: K1 is cluster cluster-one; where ada says rightly that its log is another one, at least 714 record(s) that nobody had copied are lost with its log, and positions there begin at the log start',
  ],
  [
    'nobody has looked',
    'FB-same-cluster',
    back({ found: null }),
    'refuse: nobody has looked at what clients-k1 would find at K2',
  ],
  [
    'the way out lags',
    'G3-outbound',
    withVerdicts(back(), { outbound: 'REPLICATION_LAGGING' }),
    'refuse: flow:K1->K2 is REPLICATION_LAGGING',
  ],
  [
    'the way back lags',
    'G3-inbound',
    withVerdicts(back(), { inbound: 'REPLICATION_LAGGING' }),
    'refuse: flow:K2->K1 is REPLICATION_LAGGING',
  ],
  ['nobody is at home', 'FB-nobody-home', back(), "holds: no member of the set's groups is at K1"],
  [
    'two clients are at home, one of them with two members',
    'FB-nobody-home',
    back({
      found: setLook({
        groupsAtHome: {
          billing: group({ activity: 'active', members: [member('k1-b'), member('k1-a'), member('k1-b')] }),
        },
      }),
    }),
    'refuse: group "billing" has members at K1: k1-a, k1-b; stop them',
  ],
  [
    'members that cannot be read',
    'FB-nobody-home',
    back({ found: setLook({ groupsAtHome: { billing: group({ activity: 'active-unreadable' }) } }) }),
    'refuse: group "billing" is active at K1; stop its members',
  ],
  [
    'a group that cannot be read',
    'FB-nobody-home',
    back({ found: setLook({ groupsAtHome: { billing: group({ activity: 'unknown' }) } }) }),
    'refuse: group "billing" at K1 could not be read',
  ],
  [
    'a group that is not in the look',
    'FB-nobody-home',
    back({ found: setLook({ groupsAtHome: {} }) }),
    'refuse: group "billing" at K1 could not be read',
  ],
  [
    'no group can be read',
    'FB-nobody-home',
    back({ found: setLook({ groupsAtHome: undefined }) }),
    'refuse: groups at K1 could not be read',
  ],
] as const)('%s: %s says so', (_story, id, facts, sentence) => {
  expect(told(facts, id)).toBe(sentence);
});

describe('what only limits starts without a person', () => {
  const byApproval = { ...alone(SUPERSEDED), place: back().place };
  test.each<readonly [string, MoveFacts]>([
    ['a person starts it', { ...alone(SUPERSEDED), request: byPerson({ move: 'failback' }) }],
    [
      'a person has approved it',
      { ...alone(SUPERSEDED), request: requestOfRule({ move: 'failback', approvedBy: 'ada' }) },
    ],
    ['a person will be asked anyhow', byApproval],
    ['it is a failover', outageFacts()],
  ])('does not look when %s', (_story, facts) => {
    expect([told(facts, 'G6-left'), told(facts, 'FB-again')]).toEqual([undefined, undefined]);
  });
});
