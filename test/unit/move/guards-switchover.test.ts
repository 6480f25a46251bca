import { describe, expect, test } from '@jest/globals';
import { callFor } from '../../../core/move/call.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import {
  byPerson,
  group,
  member,
  outageFacts,
  recoveryFacts,
  requestOfRule,
  setLook,
  told,
  withVerdicts,
  inTheWay,
} from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const allIsWell = (changes: Partial<MoveFacts> = {}): MoveFacts =>
  withVerdicts(outageFacts({ request: byPerson({ move: 'switchover', reason: 'works on K1' }), ...changes }), {
    home: 'HEALTHY',
    refuge: 'HEALTHY',
    outbound: 'HEALTHY',
  });

test('both clusters are well and a person asks: no guard is in the way', () => {
  expect(inTheWay(allIsWell())).toEqual([]);
});

describe('a switchover', () => {
  test.each<readonly [string, MoveFacts, readonly string[]]>([
    ['a rule asks', allIsWell({ request: requestOfRule({ move: 'switchover' }) }), ['SW-person']],
    ['home is partly down', withVerdicts(allIsWell(), { home: 'PARTIAL_OUTAGE' }), ['SW-home']],
    ['home is lost', withVerdicts(allIsWell(), { home: 'CONFIRMED_DOWN' }), ['SW-home']],
    ['the refuge is degraded', withVerdicts(allIsWell(), { refuge: 'DEGRADED' }), ['SW-refuge']],
    ['replication lags', withVerdicts(allIsWell(), { outbound: 'REPLICATION_LAGGING' }), ['G3-leaving']],
    ['a topic is missing at the refuge', allIsWell({ found: setLook({ refugeTopics: { orders: 3 } }) }), ['SW-topics']],
    [
      'the look at the refuge is old',
      allIsWell({ found: setLook({ atMs: TEN_O_CLOCK - 3_600_000 }) }),
      ['SW-topics', 'SW-groups'],
    ],
    [
      'an assignor at the refuge would give members topics of others',
      allIsWell({
        found: setLook({
          groupsAtRefuge: {
            billing: group({
              activity: 'active',
              assignor: 'RoundRobinAssigner',
              members: [member('k2', { orders: [0] })],
            }),
          },
        }),
      }),
      ['SW-groups'],
    ],
    ['the set is away', allIsWell({ state: stateOf(config, { phase: 'refuge', epoch: 1 }) }), ['PHASE']],
    ['an epoch is open', allIsWell({ state: stateOf(config, { epoch: 1, open: claimOf() }) }), ['G4']],
  ])('is refused when %s', (_story, facts, ids) => {
    expect(inTheWay(facts)).toEqual(ids);
  });

  test('may leave a home that lacks redundancy: that is a reason to go, and nothing is lost by it', () => {
    expect(inTheWay(withVerdicts(allIsWell(), { home: 'DEGRADED' }))).toEqual([]);
  });

  test('does not look at whether the remote topics exist: nobody is going to read them', () => {
    expect(inTheWay(allIsWell({ found: setLook({ remoteTopics: {} }) }))).toEqual([]);
  });

  test('goes by force of a person while replication lags, and not while home is unwell', () => {
    const forced = { request: byPerson({ move: 'switchover', force: true }) };
    expect(inTheWay(withVerdicts(allIsWell(forced), { outbound: 'REPLICATION_LAGGING' }))).toEqual([]);
    expect(inTheWay(withVerdicts(allIsWell(forced), { home: 'GRAY_FAILURE' }))).toEqual(['SW-home']);
  });
});

describe('after a switchover', () => {
  const state = stateOf(config, { phase: 'refuge', epoch: 1, leftHomeAtMs: 0, leftHomeBy: 'switchover' });

  test('a person may take the set home', () => {
    expect(inTheWay(recoveryFacts({ state }))).toEqual([]);
  });

  test('no rule takes it home', () => {
    const facts = recoveryFacts({ state, request: requestOfRule({ move: 'failback' }) });
    expect(inTheWay(facts)).toContain('SW-return');
    expect(callFor(facts)).toBeUndefined();
  });

  test('a set that left by a failover is asked home as ever', () => {
    expect(callFor(recoveryFacts({ state: { ...state, leftHomeBy: 'failover' } }))).toMatchObject({
      event: 'RecoveryConfirmed',
    });
  });
});

test.each<readonly [string, MoveFacts, string, string]>([
  ['by a person', allIsWell(), 'SW-person', 'holds: asked for by ada'],
  [
    'by an alarm',
    allIsWell({ request: requestOfRule({ move: 'switchover', trigger: 'alarm' }) }),
    'SW-person',
    'refuse: trigger is "alarm": no rule and no alarm starts a switchover',
  ],
])('who asks is told: %s', (_story, facts, id, sentence) => {
  expect(told(facts, id)).toBe(sentence);
});

test.each([
  ['switchover', 'refuse: clients-k1 left K1 by a switchover while K1 was well'],
  ['failover', 'holds: clients-k1 did not leave by a switchover'],
] as const)('a way home by itself after a %s', (leftHomeBy, sentence) => {
  const away = recoveryFacts({ request: requestOfRule({ move: 'failback' }) });
  expect(told({ ...away, state: { ...away.state, leftHomeBy } }, 'SW-return')).toBe(sentence);
});
