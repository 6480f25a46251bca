/** What a decision is made of, from the configuration and from the request. */
import { describe, expect, test } from '@jest/globals';
import {
  epochOf,
  isUnattendedStart,
  moveRulesOf,
  placeOf,
  runsAlone,
  startPhase,
  homeIdentityOf,
} from '../../../core/move/facts.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { GUARDS, isChosen } from '../../../core/move/guards.ts';
import { byPerson, outageFacts, recoveryFacts, requestOfRule } from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, placedK1, stateOf } from '../../support/builders/pair.ts';

const config = pairConfig();

describe('limits of the configuration, in milliseconds', () => {
  test('the defaults', () => {
    expect(moveRulesOf(config)).toEqual({
      foundStaleMs: 180_000,
      confirmWithinMs: 300_000,
      uncorroboratedMs: 60_000,
      cooldownMs: 3_600_000,
      automaticPerDay: 2,
      dwellMs: 1_800_000,
      partialLimitShare: 0.5,
      adoptionMs: 180_000,
      clientSilentMs: 120_000,
      setsAtOnce: null,
      rehearsalMs: null,
    });
  });

  test('those that are off unless they are named', () => {
    const { moves } = config;
    expect(moveRulesOf({ ...config, moves: { ...moves, setsAtOnce: 3, rehearsalDays: 7 } })).toMatchObject({
      setsAtOnce: 3,
      rehearsalMs: 604_800_000,
    });
  });

  test('those above the pairs', () => {
    const shared = { table: 'mm2-failover-shared', pairsAtOnce: 2, downTogether: 0.25 };
    expect(moveRulesOf({ ...config, shared })).toMatchObject({
      pairsAtOnce: 2,
      together: { share: 0.25, windowMs: 300_000 },
    });
    expect(Object.keys(moveRulesOf({ ...config, shared: { table: 'mm2-failover-shared' } }))).toEqual(
      Object.keys(moveRulesOf(config)),
    );
  });

  test('a look is used for as long as positions may lag, or for as many turns of the look as a probe may miss', () => {
    const aged = (lagLimitSeconds: number, seedIntervalSeconds: number) =>
      moveRulesOf({ ...config, moves: { ...config.moves, lagLimitSeconds, seedIntervalSeconds } }).foundStaleMs;
    expect([aged(200, 10), aged(20, 100)]).toEqual([200_000, 100_000 * config.probe.staleIntervals]);
  });
});

test('a set is known with its clusters, its topics on both sides, its groups and limits', () => {
  const set = pairConfig({ rpo: { records: 5 }, criticalTopics: ['orders'], failback: 'manual' });
  expect(placeOf(placedK1(set))).toEqual({
    clientSet: 'clients-k1',
    home: 'K1',
    refuge: 'K2',
    failback: 'manual',
    topics: [
      { home: 'orders', remote: 'K1.orders' },
      { home: 'payments', remote: 'K1.payments' },
    ],
    criticalTopics: ['orders'],
    groups: placedK1(set).set.groups,
    rpo: { records: 5 },
  });
});

test('without a limit of loss there is none', () => {
  expect(placeOf(placedK1(config)).rpo).toBeNull();
});

describe('where a move starts, and as which epoch', () => {
  const claimed = stateOf(config, { phase: 'draining', epoch: 4, open: claimOf({ epoch: 4 }) });
  test.each<readonly [string, MoveFacts, string, number]>([
    ['before the claim, where the set is', outageFacts({ state: claimed }), 'draining', 5],
    ['after it, where it was', outageFacts({ state: claimed, stance: 'after-claim' }), 'home', 4],
    [
      'after a claim that is gone, where it is',
      outageFacts({ state: stateOf(config, { phase: 'refuge', epoch: 4 }), stance: 'after-claim' }),
      'refuge',
      4,
    ],
  ])('%s', (_story, facts, phase, epoch) => {
    expect([startPhase(facts), epochOf(facts)]).toEqual([phase, epoch]);
  });
});

describe('who watches a start', () => {
  test.each([
    ['a rule', requestOfRule(), true],
    ['an alarm', requestOfRule({ trigger: 'alarm' }), true],
    ['a rule, approved by a person', requestOfRule({ approvedBy: 'ada' }), false],
    ['a person', byPerson(), false],
  ])('%s: unattended %#', (_story, request, unattended) => {
    expect(isUnattendedStart(outageFacts({ request }))).toBe(unattended);
  });

  const back = (failback: MoveFacts['place']['failback']): MoveFacts => {
    const facts = recoveryFacts({ request: requestOfRule({ move: 'failback' }) });
    return { ...facts, place: { ...facts.place, failback } };
  };
  test.each<readonly [string, MoveFacts, boolean]>([
    ['a failover in mode automatic', outageFacts(), true],
    ['a failover in mode approve', outageFacts({ state: stateOf(config, { mode: 'approve' }) }), false],
    ['a failover by a person', outageFacts({ request: byPerson() }), false],
    [
      'an alarm that may start',
      outageFacts({ request: requestOfRule({ alarm: { name: 'a', starts: 'automatic' } }) }),
      true,
    ],
    [
      'an alarm that may only ask',
      outageFacts({ request: requestOfRule({ alarm: { name: 'a', starts: 'approval' } }) }),
      false,
    ],
    ['a way home that may run alone', back('automatic'), true],
    ['a way home by approval', back('approve'), false],
  ])('%s runs alone: %#', (_story, facts, alone) => {
    expect(runsAlone(facts)).toBe(alone);
  });
});

test('nobody is woken for what a person has chosen for a while: pause, mode, a rejection', () => {
  expect(GUARDS.filter(isChosen).map(({ id }) => id)).toEqual(['G7', 'G10', 'G10-rejected']);
});

describe('which cluster home must be', () => {
  const seen = { cluster: 'K1', clusterId: 'cluster-one', seenAtMs: 0 };
  test.each<readonly [string, ReturnType<typeof homeIdentityOf>, ReturnType<typeof homeIdentityOf>]>([
    ['the one that was seen', homeIdentityOf(undefined, seen), { homeClusterId: 'cluster-one' }],
    ['nobody knows', homeIdentityOf(undefined, null), { homeClusterId: null }],
    [
      'the configured one, whatever was seen',
      homeIdentityOf('cluster-two', seen),
      { homeClusterId: 'cluster-two', homeClusterIdIsConfigured: true },
    ],
  ])('%s', (_story, is, identity) => {
    expect(is).toEqual(identity);
  });
});
