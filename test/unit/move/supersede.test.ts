/** Home lost again on the way back: whose place a failover takes, and when it is not kept waiting. */
import { describe, expect, test } from '@jest/globals';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { isConfirmedDown, supersedable, supersededBy, waivesCooldown } from '../../../core/move/supersede.ts';
import { CLUSTER_VERDICT_KINDS } from '../../../core/health/verdicts.ts';
import { byPerson, outageFacts, requestOfRule, withVerdicts } from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, stateOf } from '../../support/builders/pair.ts';

const config = pairConfig();
const failback = claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true, execution: 'two' });
const inState = (changes: Parameters<typeof stateOf>[1], facts: Partial<MoveFacts> = {}): MoveFacts =>
  outageFacts({ state: stateOf(config, { epoch: 2, ...changes }), ...facts });
const onTheWay = (facts: Partial<MoveFacts> = {}) => inState({ phase: 'returning', open: failback }, facts);

describe('an open move can be superseded', () => {
  test.each([
    ['a failback, while clients return', 'returning', failback, true],
    ['when they were told to be home already', 'home', failback, true],
    ['not before anybody was told', 'refuge', failback, false],
    ['a switchover too, while not all have left', 'leaving', claimOf({ move: 'switchover' }), true],
    ['not a switchover that has left nothing behind', 'refuge', claimOf({ move: 'switchover' }), false],
    ['and nothing else can', 'returning', claimOf({ move: 'failover' }), false],
    ['not when there is none', 'returning', undefined, false],
  ] as const)('%s', (_story, phase, open, can) => {
    expect(supersedable(stateOf(config, { phase, open }))).toEqual(can ? open : undefined);
  });
});

test('home is confirmed down by two verdicts', () => {
  expect(CLUSTER_VERDICT_KINDS.filter(isConfirmedDown)).toEqual(['CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED']);
});

describe('whose place a start would take', () => {
  test.each<readonly [string, MoveFacts, boolean]>([
    ['a rule, home is confirmed down', onTheWay(), true],
    ['a rule, home serves in part', withVerdicts(onTheWay(), { home: 'PARTIAL_OUTAGE' }), false],
    [
      'a person, home serves in part',
      withVerdicts(onTheWay({ request: byPerson() }), { home: 'PARTIAL_OUTAGE' }),
      true,
    ],
    ['a person asks for the way home', onTheWay({ request: byPerson({ move: 'failback' }) }), false],
    ['the claim stands already', onTheWay({ stance: 'after-claim' }), false],
    ['nothing is open', inState({ phase: 'returning' }), false],
  ])('%s: %#', (_story, facts, takes) => {
    expect(supersededBy(facts)).toEqual(takes ? failback : undefined);
  });
});

describe('the cooldown is waived', () => {
  const once = { superseded: { epoch: 2, atMs: 0, times: 1 } };
  const twice = { superseded: { epoch: 2, atMs: 0, times: 2 } };
  const after = (open: ReturnType<typeof claimOf>, changes: object = {}) =>
    inState({ phase: 'returning', epoch: 3, open, ...changes }, { stance: 'after-claim' });
  const taken = claimOf({ epoch: 3, supersedes: { epoch: 2, execution: 'two' } });
  test.each<readonly [string, MoveFacts, boolean]>([
    ['for a failover that ends a failback', onTheWay(), true],
    ['for the second of a stay no more', inState({ phase: 'returning', open: failback, ...once }), false],
    ['where a way home lies about that nobody runs', inState({ phase: 'returning' }), true],
    ['where a switchover lies about that nobody runs', inState({ phase: 'leaving' }), true],
    ['also once it was cut short before', inState({ phase: 'returning', ...once }), true],
    ['not after it was cut short twice', inState({ phase: 'returning', ...twice }), false],
    ['not at home', inState({ phase: 'home' }), false],
    ['not at home with an epoch of another kind open', inState({ phase: 'home', open: claimOf() }), false],
    ['after the claim, for one that took the place of a failback', after(taken, once), true],
    ['after the claim, for the second of a stay no more', after(taken, twice), false],
    ['after the claim, for one that began half way', after(claimOf({ epoch: 3, from: 'returning' })), true],
    ['after the claim, for one that began where not all had left', after(claimOf({ epoch: 3, from: 'leaving' })), true],
    ['after the claim, not for one that began at home', after(claimOf({ epoch: 3 })), false],
    ['after the claim, not for one that is gone', inState({ phase: 'returning' }, { stance: 'after-claim' }), false],
    [
      'not for a rule when home is not confirmed down',
      withVerdicts(inState({ phase: 'home', open: failback }), { home: 'GRAY_FAILURE' }),
      false,
    ],
    ['for a failback that was told to be home', inState({ phase: 'home', open: failback }), true],
  ])('%s', (_story, facts, waives) => {
    expect(waivesCooldown(facts)).toBe(waives);
  });

  test('a rule asks it, in whatever way', () => {
    expect(waivesCooldown(onTheWay({ request: requestOfRule({ trigger: 'alarm' }) }))).toBe(true);
  });
});
