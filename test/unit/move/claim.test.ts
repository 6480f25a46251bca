import { describe, expect, test } from '@jest/globals';
import {
  approveClaim,
  concludeClaim,
  markPublished,
  markTold,
  openClaim,
  takeUpClaim,
  undoClaim,
  withdrawClaim,
} from '../../../core/move/claim.ts';
import { MOVES } from '../../../core/contracts/primitives.ts';
import { checkFence } from '../../../core/move/fence.ts';
import { startsFrom, TRANSITIONS, transitionFor } from '../../../core/move/transitions.ts';
import {
  claimedState,
  claimOf,
  EXECUTION,
  pairConfig,
  routingOf,
  stateOf,
  stepInput,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';

const config = pairConfig();
const claim = claimOf({ claimedAtMs: TEN_O_CLOCK });
const draining = routingOf(config, { phase: 'draining', epoch: 1, revision: 2 });

describe('the life of a claim', () => {
  test('a claim takes the next epoch, under the next version', () => {
    expect(openClaim(stateOf(config), claim)).toMatchObject({
      epoch: 1,
      open: { execution: EXECUTION },
      version: 2,
      phase: 'home',
    });
  });

  test('an automatic failover is entered in the list of the day, and starts of yesterday leave it', () => {
    const old = TEN_O_CLOCK - 86_400_000;
    expect(openClaim(stateOf(config, { automaticStartsMs: [old, old + 1] }), claim).automaticStartsMs).toEqual([
      old + 1,
      TEN_O_CLOCK,
    ]);
  });

  test.each([
    ['started by a person', claimOf({ trigger: 'manual' })],
    ['waiting for a person', claimOf({ approval: 'pending' })],
    ['a failback', claimOf({ move: 'failback' })],
  ])('%s: not counted as automatic', (_story, next) => {
    expect(openClaim(stateOf(config), next).automaticStartsMs).toEqual([]);
  });

  test('a second claim on top of an open one is a bug', () => {
    expect(() => openClaim(claimedState(config), claimOf({ epoch: 2 }))).toThrow('already has epoch 1 open');
  });

  test('an epoch is never used twice', () => {
    expect(() => openClaim(stateOf(config, { epoch: 1 }), claim)).toThrow('epoch 1 of clients-k1 was used before');
  });

  test('a withdrawn claim leaves the set where it was; its epoch stays used, its start is not counted', () => {
    const withdrawn = withdrawClaim(openClaim(stateOf(config), claim));
    expect(withdrawn).toMatchObject({ epoch: 1, phase: 'home', automaticStartsMs: [], version: 3 });
    expect(withdrawn).not.toHaveProperty('open');
  });

  test('after the first published routing nothing is withdrawn', () => {
    expect(() => withdrawClaim(claimedState(config, { open: claimOf({ published: true }) }))).toThrow(
      'only forward from here',
    );
  });

  test('an approval is remembered with its giver', () => {
    expect(approveClaim(claimedState(config, { open: claimOf({ approval: 'pending' }) }), 'ada').open).toMatchObject({
      approval: 'given',
      approvedBy: 'ada',
    });
  });

  test('an approval that nobody waits for is a bug', () => {
    expect(() => approveClaim(claimedState(config), 'ada')).toThrow('waits for no approval');
  });

  test('a claim that is taken up changes its owner only', () => {
    expect(takeUpClaim(claimedState(config), 'two')).toEqual({
      ...claimedState(config),
      open: claimOf({ execution: 'two' }),
      version: 2,
    });
  });

  test('publishing is the point of no return, and leaving home is remembered', () => {
    expect(markPublished(claimedState(config), { routing: draining, atMs: TEN_O_CLOCK })).toMatchObject({
      phase: 'draining',
      revision: 2,
      leftHomeAtMs: TEN_O_CLOCK,
      open: { published: true },
    });
  });

  test('coming home is remembered', () => {
    const state = claimedState(config, { phase: 'returning', revision: 5, open: claimOf({ move: 'failback' }) });
    expect(
      markPublished(state, { routing: routingOf(config, { phase: 'home', revision: 6 }), atMs: TEN_O_CLOCK }),
    ).toMatchObject({ returnedHomeAtMs: TEN_O_CLOCK });
  });

  test('a lower revision is never published', () => {
    expect(() =>
      markPublished(claimedState(config, { revision: 3 }), { routing: draining, atMs: TEN_O_CLOCK }),
    ).toThrow('revision 2 of clients-k1 is below 3');
  });

  test('cooldown starts with the end of an automatic failover', () => {
    expect(
      concludeClaim(claimedState(config, { open: claimOf({ published: true }) }), { atMs: TEN_O_CLOCK }).lastAutomatic,
    ).toEqual({ epoch: 1, finishedAtMs: TEN_O_CLOCK });
  });

  test.each([
    ['approved by a person', claimOf({ published: true, approval: 'given' })],
    ['a failback', claimOf({ published: true, move: 'failback' })],
    ['never published', claimOf()],
  ])('no cooldown after one that was %s', (_story, open) => {
    expect(concludeClaim(claimedState(config, { open }), { atMs: TEN_O_CLOCK })).not.toHaveProperty('lastAutomatic');
  });

  test('a failover that takes the place of a failback counts how often that happened in this stay', () => {
    const failback = claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true, execution: 'two' });
    const state = (times?: number) =>
      stateOf(config, {
        phase: 'returning',
        epoch: 2,
        open: failback,
        ...(times === undefined ? {} : { superseded: { epoch: 1, atMs: 1, times } }),
      });
    const taking = claimOf({ epoch: 3, claimedAtMs: TEN_O_CLOCK, supersedes: { epoch: 2, execution: 'two' } });
    expect([openClaim(state(), taking).superseded, openClaim(state(1), taking).superseded]).toEqual([
      { epoch: 2, atMs: TEN_O_CLOCK, times: 1 },
      { epoch: 2, atMs: TEN_O_CLOCK, times: 2 },
    ]);
  });

  test('an ordinary claim leaves no trace of that', () => {
    expect(openClaim(stateOf(config), claim)).not.toHaveProperty('superseded');
  });

  test('only a failback on its way is superseded, and only by who names it', () => {
    const failback = claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true, execution: 'two' });
    const open = (phase: 'returning' | 'refuge', epoch: number) => () =>
      openClaim(
        stateOf(config, { phase, epoch: 2, open: failback }),
        claimOf({ epoch: 3, supersedes: { epoch, execution: 'two' } }),
      );
    expect(open('returning', 2)).not.toThrow();
    expect(open('refuge', 2)).toThrow('clients-k1 already has epoch 2 open, owned by two');
    expect(open('returning', 1)).toThrow('clients-k1 already has epoch 2 open, owned by two');
  });

  test('an epoch that is older than the newest is none either', () => {
    expect(() => openClaim(stateOf(config, { epoch: 5 }), claimOf({ epoch: 4 }))).toThrow(
      'epoch 4 of clients-k1 was used before; the newest is 5',
    );
  });

  test('withdrawn, only its own start is struck from the list of the day', () => {
    const starts = { automaticStartsMs: [TEN_O_CLOCK - 5_000, TEN_O_CLOCK] };
    const withdrawn = (changes: Parameters<typeof claimOf>[0]) =>
      withdrawClaim(claimedState(config, { ...starts, open: claimOf({ claimedAtMs: TEN_O_CLOCK, ...changes }) }))
        .automaticStartsMs;
    expect([withdrawn({}), withdrawn({ trigger: 'manual' })]).toEqual([
      [TEN_O_CLOCK - 5_000],
      [TEN_O_CLOCK - 5_000, TEN_O_CLOCK],
    ]);
  });

  test('withdrawn, the set is where the claim had found it', () => {
    const open = claimOf({ move: 'failback', from: 'returning' });
    expect(withdrawClaim(claimedState(config, { phase: 'refuge', open }))).toMatchObject({ phase: 'returning' });
  });

  test('after the first published routing the refusal names the epoch', () => {
    expect(() => withdrawClaim(claimedState(config, { open: claimOf({ published: true }) }))).toThrow(
      'epoch 1 of clients-k1 has published a routing',
    );
  });

  test.each(['not-needed', 'given'] as const)('an approval (%s) is not given again', (approval) => {
    expect(() => approveClaim(claimedState(config, { open: claimOf({ approval }) }), 'ada')).toThrow(
      `epoch 1 of clients-k1 waits for no approval (${approval})`,
    );
  });

  test.each([
    ['from home', 'home', 'draining', true],
    ['back from half way home', 'returning', 'draining', true],
    ['on to the refuge', 'draining', 'refuge', false],
    ['towards home', 'refuge', 'returning', false],
    ['home', 'returning', 'home', false],
    ['the same again at home', 'home', 'home', false],
    ['the same again while it drains', 'draining', 'draining', false],
    ['by a switchover, producers first', 'home', 'leaving', true],
    ['by a switchover, then consumers', 'leaving', 'refuge', true],
    ['the same again while producers leave', 'leaving', 'leaving', false],
    ['home, because the switchover is taken back', 'leaving', 'home', false],
  ] as const)('a set leaves home when it goes %s: %s -> %s is %s', (_story, phase, next, leaves) => {
    const state = claimedState(config, { phase, leftHomeAtMs: 1 });
    const routing = routingOf(config, { phase: next, revision: 2 });
    expect(markPublished(state, { routing, atMs: TEN_O_CLOCK }).leftHomeAtMs).toBe(leaves ? TEN_O_CLOCK : 1);
  });

  test.each([
    ['returning', 'home', true],
    ['home', 'home', false],
    ['refuge', 'returning', false],
  ] as const)('a set comes home with %s -> %s: %s', (phase, next, returns) => {
    const state = claimedState(config, { phase, returnedHomeAtMs: 1, open: claimOf({ move: 'failback' }) });
    const routing = routingOf(config, { phase: next, revision: 2 });
    expect(markPublished(state, { routing, atMs: TEN_O_CLOCK }).returnedHomeAtMs).toBe(returns ? TEN_O_CLOCK : 1);
  });

  test('a set whose switchover is taken back does not come home: its consumers were there', () => {
    const state = claimedState(config, {
      phase: 'leaving',
      returnedHomeAtMs: 1,
      open: claimOf({ move: 'switchover' }),
    });
    const routing = routingOf(config, { phase: 'home', revision: 2 });
    expect(markPublished(state, { routing, atMs: TEN_O_CLOCK }).returnedHomeAtMs).toBe(1);
  });

  test('that a switchover is taken back is kept in its claim', () => {
    const undo = { by: 'ada', reason: 'no disks', atMs: 7 };
    const state = claimedState(config, { open: claimOf({ move: 'switchover' }) });
    expect(undoClaim(state, undo)).toEqual({ ...state, open: { ...state.open, undo }, version: state.version + 1 });
  });

  test('a set that neither left nor returned remembers neither', () => {
    const published = markPublished(claimedState(config, { phase: 'draining' }), {
      routing: routingOf(config, { phase: 'refuge', revision: 2 }),
      atMs: TEN_O_CLOCK,
    });
    expect(Object.keys(published).filter((key) => key.endsWith('HomeAtMs'))).toEqual([]);
  });

  test('a publish is told to the bus later if it must be, and the same revision may be published again', () => {
    const once = markPublished(claimedState(config), { routing: draining, atMs: TEN_O_CLOCK });
    expect(once).toMatchObject({ routing: draining, untoldRouting: { revision: 2, epoch: 1, move: 'failover' } });
    expect(markPublished(once, { routing: draining, atMs: TEN_O_CLOCK })).toMatchObject({ revision: 2, version: 3 });
  });

  test('once the bus has it, nothing is to be told; of another revision nothing is to be written', () => {
    const untold = markPublished(claimedState(config), { routing: draining, atMs: TEN_O_CLOCK });
    const { untoldRouting: _, ...rest } = untold;
    expect(markTold(untold, 2)).toEqual({ ...rest, version: untold.version + 1 });
    expect([markTold(untold, 3), markTold(claimedState(config), 2)]).toEqual([undefined, undefined]);
  });

  test('an end leaves no claim open, the epoch used, and the ways home that were cut short until one goes through', () => {
    const superseded = { epoch: 2, atMs: 1, times: 1 };
    const ended = (move: 'failover' | 'failback') =>
      concludeClaim(claimedState(config, { superseded, open: claimOf({ move }) }), { atMs: TEN_O_CLOCK });
    expect(ended('failover')).toMatchObject({ epoch: 1, version: 2, superseded });
    expect([ended('failover'), ended('failback')].map((state) => state.open)).toEqual([undefined, undefined]);
    expect(ended('failback')).not.toHaveProperty('superseded');
    expect(concludeClaim(claimedState(config), { atMs: TEN_O_CLOCK })).not.toHaveProperty('superseded');
  });

  test('without an open claim there is nothing to conclude, approve, publish or take up', () => {
    const none = stateOf(config);
    for (const step of [
      () => concludeClaim(none, { atMs: TEN_O_CLOCK }),
      () => approveClaim(none, 'ada'),
      () => markPublished(none, { routing: draining, atMs: TEN_O_CLOCK }),
      () => takeUpClaim(none, 'two'),
    ])
      expect(step).toThrow('clients-k1 has no open claim (epoch 0, phase home)');
  });

  test('without an open claim there is nothing to withdraw', () => {
    expect(() => withdrawClaim(stateOf(config))).toThrow('clients-k1 has no open claim (epoch 0, phase home)');
  });
});

describe('the fence', () => {
  test('the owner of the open epoch passes', () => {
    expect(checkFence(claimedState(config), stepInput())).toMatchObject({ kind: 'own', claim: { epoch: 1 } });
  });

  test('who does not pass is told which epoch is not theirs any more, who has it, and that nothing was done', () => {
    const state = claimedState(config, { epoch: 2, open: claimOf({ epoch: 2, execution: 'two' }) });
    expect(checkFence(state, stepInput())).toEqual({
      kind: 'superseded',
      sentence:
        'epoch 1 of clients-k1 is not ours any more: epoch 2 is owned by two (failover, asked by assess); nothing was done',
    });
  });

  test.each([
    ['the set has no state', null, 'clients-k1 has no state in this region'],
    ['nothing is open', stateOf(config, { epoch: 1 }), 'no claim is open, the newest epoch is 1'],
    [
      'a newer epoch is open',
      claimedState(config, { epoch: 2, open: claimOf({ epoch: 2, execution: 'two' }) }),
      'epoch 2 is owned by two',
    ],
    [
      'the epoch was taken up',
      claimedState(config, { open: claimOf({ execution: 'two' }) }),
      'epoch 1 has been taken up by two',
    ],
  ])('%s: superseded, with the newer owner in the sentence', (_story, state, because) => {
    const fence = checkFence(state, stepInput());
    expect(fence).toMatchObject({ kind: 'superseded', sentence: expect.stringContaining(because) });
  });
});

describe('lawful transitions', () => {
  test('without the refuge the way home leads past what the refuge had copied', () => {
    expect(transitionFor('failback', 'draining', true)?.publishes).toEqual(['recovering', 'home']);
  });

  test.each([
    ['failover', 'home', ['draining', 'refuge']],
    ['failback', 'refuge', ['returning', 'home']],
    ['failover', 'returning', ['draining', 'refuge']],
    ['failover', 'leaving', ['draining', 'refuge']],
    ['failback', 'returning', ['returning', 'home']],
  ] as const)('a %s from %s publishes %j', (move, from, publishes) => {
    expect(transitionFor(move, from)).toMatchObject({ publishes, abortsTo: from });
  });

  test('a failover starts from home, or half way there', () => {
    expect(startsFrom('failover')).toEqual(['home', 'returning', 'leaving']);
  });

  test.each(['home', 'leaving'] as const)('a switchover starts in phase %s and stays at the refuge', (from) => {
    expect(transitionFor('switchover', from)).toMatchObject({ publishes: ['leaving', 'refuge'], abortsTo: from });
  });

  test('every move has a row', () => {
    expect(new Set(TRANSITIONS.map(({ move }) => move))).toEqual(new Set(MOVES));
  });

  test.each(TRANSITIONS)('a $move from $from ends elsewhere than it starts', ({ from, publishes }) => {
    expect(publishes.at(-1)).not.toBe(from);
  });
});
