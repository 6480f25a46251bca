import { describe, expect, test } from '@jest/globals';
import type { Move, Phase } from '../../../core/contracts/primitives.ts';
import type { Routing } from '../../../core/contracts/routing.ts';
import type { PublishTarget } from '../../../core/routing/plan.ts';
import { decidePublish, leadsTo, type PublishDecision, type PublishFacts } from '../../../core/routing/publish.ts';
import {
  claimedState,
  claimOf,
  K1_REGION,
  K2_REGION,
  pairConfig,
  placedK1,
  routingOf,
  stateOf,
  stepInput,
  TEN_O_CLOCK,
  withTopics,
} from '../../support/builders/pair.ts';

const config = pairConfig();
const facts = (changes: Partial<PublishFacts> = {}): PublishFacts => ({
  config,
  placed: placedK1(config),
  input: stepInput(),
  state: claimedState(config),
  claim: claimOf(),
  outside: [],
  keepBoth: false,
  atMs: TEN_O_CLOCK,
  ...changes,
});
const decide = (changes: Partial<PublishFacts> = {}): PublishDecision => decidePublish(facts(changes));
const inRegion = (routing: Routing, region = K1_REGION) => ({ region, routing });
/** The failover of epoch 1 stands at this value. */
const standing = (routing: Routing) =>
  claimedState(config, { phase: routing.phase, revision: routing.revision, routing });
const draining = routingOf(config, { phase: 'draining', epoch: 1, revision: 2 });
const refuge = routingOf(config, { phase: 'refuge', epoch: 1, revision: 3 });

describe('a publish of a failover', () => {
  test('allots the next revision, for the stage, the epoch and the reason of its claim', () =>
    expect(decide()).toMatchObject({
      kind: 'publish',
      isNew: true,
      routing: {
        epoch: 1,
        revision: 2,
        phase: 'draining',
        cause: 'failover: K1 CONFIRMED_DOWN',
        issuedAt: '2026-11-22T10:00:00.000Z',
      },
    }));
  test('goes past every revision that a region holds', () => {
    const [high, low] = [40, 7].map((revision) => routingOf(config, { phase: 'home', revision }));
    expect(decide({ outside: [inRegion(high!), inRegion(low!, K2_REGION)] })).toMatchObject({
      isNew: true,
      routing: { revision: 41 },
    });
  });
  test('goes past its own newest revision where a region is behind', () =>
    expect(decide({ state: claimedState(config, { revision: 9 }), outside: [inRegion(draining)] })).toMatchObject({
      routing: { revision: 10 },
    }));
  test('of the next stage is a new value', () =>
    expect(
      decide({ input: stepInput({ phase: 'refuge' }), state: standing(draining), outside: [inRegion(draining)] }),
    ).toMatchObject({ kind: 'publish', isNew: true, routing: { phase: 'refuge', revision: 3 } }));
  test('after a drain that ended by keep-both has consumers read both', () =>
    expect(decide({ input: stepInput({ phase: 'refuge' }), keepBoth: true })).toMatchObject({
      routing: { consumers: { read: 'both' } },
    }));
  test('run again, publishes what stands', () =>
    expect(decide({ state: standing(draining), outside: [inRegion(draining)] })).toEqual({
      kind: 'publish',
      routing: draining,
      isNew: false,
    }));
  test('run again over a value written by hand under its revision, says the same under the next', () =>
    expect(
      decide({ state: standing(draining), outside: [inRegion(draining), inRegion({ ...draining, cause: 'by hand' })] }),
    ).toMatchObject({ kind: 'publish', isNew: true, routing: { revision: 3, phase: 'draining' } }));
  test('run late, is overtaken by the later stage', () =>
    expect(decide({ state: standing(refuge) })).toEqual({
      kind: 'overtaken',
      sentence: '"Publish routing (draining)" is done: revision 3 of a later stage stands',
    }));
  test('is held by a value of a newer epoch: another controller moves the set', () => {
    const foreign = routingOf(config, { phase: 'refuge', epoch: 5, revision: 40 });
    expect(decide({ outside: [inRegion(draining, K2_REGION), inRegion(foreign)] })).toEqual({
      kind: 'held',
      sentence:
        'eu-west-1 holds a value of epoch 5, newer than our newest claim 1; another controller has moved "clients-k1", import its state first',
    });
  });
  test('is held while its value does not fit', () =>
    expect(decide({ config: withTopics(config, 150), placed: placedK1(withTopics(config, 150)) })).toEqual({
      kind: 'held',
      sentence: expect.stringMatching(/^the routing value of "clients-k1" takes \d+ bytes in phase draining/),
    }));
});

describe('a failback', () => {
  const claim = claimOf({ epoch: 2, move: 'failback', from: 'refuge' });
  const input = (phase: Phase, target: PublishTarget) => stepInput({ move: 'failback', epoch: 2, phase, target });
  /** At the refuge since epoch 1; `stands` is what clients obey. */
  const from = (stands: Routing | undefined, step: PublishFacts['input'], changes: Partial<PublishFacts> = {}) => {
    const { routing: _none, ...state } = stateOf(config, { epoch: 2, revision: 3, phase: 'refuge', open: claim });
    return decide({ state: { ...state, ...(stands && { routing: stands }) }, claim, input: step, ...changes });
  };
  const toConsumers = input('returning', 'consumers');
  const readsBoth = routingOf(config, { phase: 'refuge', epoch: 1, revision: 3, keepBoth: true });
  const told = routingOf(config, { phase: 'returning', target: 'consumers', epoch: 2, revision: 4 });

  test('has nothing to tell consumers that read only their own topics at the refuge', () =>
    expect(from(refuge, toConsumers)).toEqual({
      kind: 'not-needed',
      sentence: 'consumers of "clients-k1" read only their own topics already; nothing to publish',
    }));
  test.each<[string, Routing | undefined, PublishFacts['input']]>([
    ['consumers that read both', readsBoth, toConsumers],
    ['consumers that are at home', routingOf(config, { phase: 'home', epoch: 1, revision: 3 }), toConsumers],
    ['consumers nobody has told anything', undefined, toConsumers],
    ['producers', refuge, input('returning', 'producers')],
    ['everyone, at the end', refuge, input('home', 'consumers')],
  ])('tells %s', (_story, stands, step) =>
    expect(from(stands, step)).toMatchObject({ kind: 'publish', isNew: true, routing: { revision: 4 } }),
  );
  test('tells consumers again where somebody has written over what they were told', () => {
    const edited = inRegion({ ...told, cause: 'by hand' });
    expect(from(told, toConsumers, { outside: [edited] })).toMatchObject({ isNew: true, routing: { revision: 5 } });
  });
  test('sends nobody to a home that is lost again, and says what its verdict is', () =>
    expect(from(refuge, input('home', 'everyone'), { destinationIsLost: 'CONFIRMED_DOWN since 09:58' })).toEqual({
      kind: 'held',
      sentence: 'K1 is lost, so nobody is sent there: CONFIRMED_DOWN since 09:58',
    }));
});

describe('a failback without the refuge', () => {
  const plain = claimOf({ epoch: 2, move: 'failback', from: 'refuge' });
  const claim = { ...plain, input: { ...plain.input, refugeLost: true } };
  const recovering = routingOf(config, { phase: 'recovering', epoch: 2, revision: 4 });
  const atHome = routingOf(config, { phase: 'home', epoch: 2, revision: 5 });
  const from = (stands: Routing, phase: Phase, target: PublishTarget = 'everyone') =>
    decide({
      input: stepInput({ move: 'failback', epoch: 2, phase, target }),
      claim,
      state: stateOf(config, {
        epoch: 2,
        revision: stands.revision,
        phase: stands.phase,
        routing: stands,
        open: claim,
      }),
    });

  test('has everybody go home and read there what the refuge had copied', () =>
    expect(from(refuge, 'recovering')).toMatchObject({
      kind: 'publish',
      isNew: true,
      routing: { phase: 'recovering', revision: 4, consumers: { cluster: 'K1', read: 'both' } },
    }));
  test('fetches nobody from the refuge', () =>
    expect(from(refuge, 'returning', 'consumers')).toEqual({
      kind: 'not-needed',
      sentence: 'K2 is lost: consumers of "clients-k1" are not told to finish there',
    }));
  test('ends at home once what the refuge had copied was read', () =>
    expect(from(recovering, 'home')).toMatchObject({ kind: 'publish', isNew: true, routing: { phase: 'home' } }));
  test('run again at its end, publishes what stands', () =>
    expect(from(atHome, 'home')).toEqual({ kind: 'publish', routing: atHome, isNew: false }));
  test('does not end at home past a publish that was skipped', () =>
    expect(from(refuge, 'home')).toEqual({
      kind: 'held',
      sentence: '"clients-k1" does not read at K1 yet what was written at K2: a publish was skipped',
    }));
});

test.each<[Move, Phase, PublishTarget, string | undefined]>([
  ['failover', 'draining', 'everyone', undefined],
  ['failover', 'refuge', 'producers', undefined],
  ['switchover', 'leaving', 'everyone', 'K2'],
  ['switchover', 'refuge', 'everyone', 'K2'],
  ['switchover', 'home', 'everyone', 'K1'],
  ['failback', 'returning', 'consumers', undefined],
  ['failback', 'returning', 'producers', 'K1'],
  ['failback', 'recovering', 'everyone', 'K1'],
  ['failback', 'home', 'everyone', 'K1'],
])('a %s in phase %s, for %s, sends clients that are well to %s', (move, phase, target, cluster) =>
  expect(leadsTo(stepInput({ move, phase, target }), placedK1(config))).toBe(cluster),
);

describe('a switchover that is taken back', () => {
  const undo = { by: 'ana', reason: 'too early', atMs: TEN_O_CLOCK };
  const back = (phase: Phase, published: boolean, at: Phase = 'home') =>
    decide({
      input: stepInput({ move: 'switchover', phase }),
      claim: claimOf({ move: 'switchover', published, undo }),
      state: claimedState(config, { phase: at }),
    });
  test.each<[string, Phase, boolean, Phase, PublishDecision['kind']]>([
    ['before anything was told', 'leaving', false, 'home', 'undone'],
    ['after producers were told to leave', 'leaving', true, 'home', 'overtaken'],
    ['after an earlier one was cut short among its producers', 'leaving', false, 'leaving', 'overtaken'],
    ['before consumers are told to go', 'refuge', true, 'leaving', 'undone'],
    ['and tells everybody to stay at home', 'home', true, 'leaving', 'publish'],
  ])('%s (phase %s)', (_story, phase, published, at, kind) => expect(back(phase, published, at).kind).toBe(kind));
  test('says by whom and why', () =>
    expect(back('refuge', true)).toMatchObject({
      sentence: 'the switchover of "clients-k1" (epoch 1) is taken back by ana: too early',
    }));
});
