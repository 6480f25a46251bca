/** G9 above the pairs: when it applies, what it says, and what follows. */
import { describe, expect, test } from '@jest/globals';
import type { OutageReport, PairMove, PairWait } from '../../../core/contracts/tables.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { byPerson, outageFacts, recoveryFacts, requestOfRule, told } from '../../support/builders/judgement.ts';
import { claimedState, claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const move = (pair: string, changes: Partial<PairMove> = {}): PairMove => ({
  pair,
  clientSet: 'clients-a',
  epoch: 4,
  untilMs: TEN_O_CLOCK + 1,
  ...changes,
});
const limited = (facts: MoveFacts, above: MoveFacts['abovePairs'], rules: Partial<MoveFacts['rules']>): MoveFacts => ({
  ...facts,
  ...(above === undefined ? {} : { abovePairs: above }),
  rules: { ...facts.rules, ...rules },
});
const UNKNOWN = { kind: 'unknown', because: 'no answer' } as const;

describe('G9-pairs, one at once', () => {
  const among = (moves: readonly PairMove[], changes: Partial<MoveFacts> = {}, pairsAtOnce = 1) =>
    limited(outageFacts(changes), { kind: 'read', moves }, { pairsAtOnce });
  const said = (facts: MoveFacts) => told(facts, 'G9-pairs');
  const wait = (pair: string, untilMs = TEN_O_CLOCK + 1): PairWait => ({ pair, sinceMs: TEN_O_CLOCK - 1, untilMs });
  const line = (waiting: readonly PairWait[], moves: readonly PairMove[] = [], pairsAtOnce = 1) =>
    limited(outageFacts(), { kind: 'read', moves, waiting }, { pairsAtOnce });
  const claimed = (changes: Partial<MoveFacts> = {}): Partial<MoveFacts> => ({
    stance: 'after-claim',
    state: claimedState(config, { epoch: 2, open: claimOf({ epoch: 2, execution: 'execution-one' }) }),
    ...changes,
  });
  const own = move('orders', { clientSet: 'clients-k1', epoch: 2 });

  test.each<readonly [string, MoveFacts, string]>([
    ['nobody moves', among([]), 'holds: other pairs that are moving: none; at most 1 at once'],
    [
      'nothing was looked at',
      limited(outageFacts(), { kind: 'read' }, { pairsAtOnce: 1 }),
      'holds: other pairs that are moving: none; at most 1 at once',
    ],
    [
      'another one moves',
      among([move('bills')]),
      'refuse: other pairs that are moving: bills (clients-a, epoch 4); at most 1 at once',
    ],
    [
      'another one moves, two may',
      among([move('bills')], {}, 2),
      'holds: other pairs that are moving: bills (clients-a, epoch 4); at most 2 at once',
    ],
    [
      'two sets of one pair are one',
      among([move('bills'), move('bills', { clientSet: 'clients-b' })], {}, 2),
      'holds: other pairs that are moving: bills (clients-a, epoch 4), bills (clients-b, epoch 4); at most 2 at once',
    ],
    [
      'its time is over',
      among([move('bills', { untilMs: TEN_O_CLOCK })]),
      'holds: other pairs that are moving: none; at most 1 at once',
    ],
    [
      'this pair moves already',
      among([move('bills'), move('orders')]),
      'holds: other pairs that are moving: bills (clients-a, epoch 4); at most 1 at once',
    ],
    [
      'this pair moved long ago',
      among([move('bills'), move('orders', { untilMs: TEN_O_CLOCK })]),
      'refuse: other pairs that are moving: bills (clients-a, epoch 4); at most 1 at once',
    ],
    [
      'a place is free, and another pair has asked before',
      line([wait('stock'), wait('orders')]),
      'refuse: other pairs that are moving: none; at most 1 at once; before it waits stock',
    ],
    [
      'a place is free, and it is the first that waits',
      line([wait('orders'), wait('stock')]),
      'holds: other pairs that are moving: none; at most 1 at once',
    ],
    [
      'places for all that wait before it',
      line([wait('stock'), wait('bills')], [], 3),
      'holds: other pairs that are moving: none; at most 3 at once; before it waits stock, bills',
    ],
    [
      'one place less',
      line([wait('stock'), wait('bills')], [move('mails')], 3),
      'refuse: other pairs that are moving: mails (clients-a, epoch 4); at most 3 at once; before it waits stock, bills',
    ],
    [
      'who waited before it asks no more',
      line([wait('stock', TEN_O_CLOCK), wait('orders')]),
      'holds: other pairs that are moving: none; at most 1 at once',
    ],
    [
      'a pair that moves does not wait for others',
      line([wait('stock')], [move('orders')]),
      'holds: other pairs that are moving: none; at most 1 at once',
    ],
    [
      'after the claim it is entered',
      among([own], claimed()),
      'holds: other pairs that are moving: none; at most 1 at once',
    ],
    [
      'after the claim it is entered, beside a person’s move',
      among([move('bills'), own], claimed()),
      'holds: other pairs that are moving: bills (clients-a, epoch 4); at most 1 at once',
    ],
    [
      'after the claim, which was withdrawn meanwhile',
      among([], { stance: 'after-claim' }),
      'refuse: other pairs that are moving: none; at most 1 at once; this move is not entered among them',
    ],
    [
      'a claim that waits for a person is another move than this start',
      among([move('bills')], {
        state: claimedState(config, { open: claimOf({ move: 'failback', approval: 'pending' }) }),
      }),
      'refuse: other pairs that are moving: bills (clients-a, epoch 4); at most 1 at once',
    ],
    [
      'too few pairs look down together for a person to be asked',
      limited(
        outageFacts(),
        {
          kind: 'read',
          moves: [move('bills')],
          reports: [{ pair: 'orders', atMs: TEN_O_CLOCK, clusters: ['K1'], downAtMs: TEN_O_CLOCK }],
        },
        { pairsAtOnce: 1, together: { share: 0.5, windowMs: 300_000 } },
      ),
      'refuse: other pairs that are moving: bills (clients-a, epoch 4); at most 1 at once',
    ],
    ...[
      ['not entered', []],
      ['entered under another epoch', [{ ...own, epoch: 1 }]],
      ['entered for another set', [{ ...own, clientSet: 'clients-k2' }]],
      ['entered, but its time is over', [{ ...own, untilMs: TEN_O_CLOCK }]],
    ].map(
      ([story, moves]) =>
        [
          `after the claim it is ${story as string}`,
          among(moves as PairMove[], claimed()),
          'refuse: other pairs that are moving: none; at most 1 at once; this move is not entered among them',
        ] as const,
    ),
  ])('%s', (_story, facts, sentence) => {
    expect(said(facts)).toBe(sentence);
  });

  test.each<readonly [string, MoveFacts]>([
    ['for a person', among([move('bills')], { request: byPerson() })],
    ['where a person is asked by the mode', among([move('bills')], { state: stateOf(config, { mode: 'approve' }) })],
    [
      'for a claim that waits for a person',
      among([move('bills')], { ...claimed(), state: claimedState(config, { open: claimOf({ approval: 'pending' }) }) }),
    ],
    [
      'where a person is asked because many look down together',
      limited(
        outageFacts(),
        {
          kind: 'read',
          moves: [move('bills')],
          reports: ['orders', 'bills'].map((pair) => ({
            pair,
            atMs: TEN_O_CLOCK,
            clusters: ['K1'],
            downAtMs: TEN_O_CLOCK,
          })),
        },
        { pairsAtOnce: 1, together: { share: 0.5, windowMs: 300_000 } },
      ),
    ],
    ['for what a person has approved', among([move('bills')], { request: requestOfRule({ approvedBy: 'ada' }) })],
    ['where none is configured', limited(outageFacts(), { kind: 'read', moves: [move('bills')] }, {})],
    ['where the table cannot be read: G7-known refuses', limited(outageFacts(), UNKNOWN, { pairsAtOnce: 1 })],
    ['where there is no table', limited(outageFacts(), undefined, { pairsAtOnce: 1 })],
  ])('there is no limit %s', (_story, facts) => {
    expect(said(facts)).toBeUndefined();
  });

  test('a way home is limited as well', () => {
    const asked = recoveryFacts({ request: requestOfRule({ move: 'failback' }) });
    const home = { ...asked, place: { ...asked.place, failback: 'automatic' as const } };
    expect(said(limited(home, { kind: 'read', moves: [move('bills')] }, { pairsAtOnce: 1 }))).toContain('refuse: ');
  });

  const alarmSince = (agoMs: number) =>
    requestOfRule({ trigger: 'alarm', startedAtMs: TEN_O_CLOCK - agoMs, alarm: { name: 'a', starts: 'automatic' } });
  test.each<readonly [string, Partial<MoveFacts>, string]>([
    ['an event comes again by itself', {}, 'refuse'],
    ['an alarm waits', { request: alarmSince(0) }, 'wait'],
    ['for all but 300 s', { request: alarmSince(299_999) }, 'wait'],
    ['but not longer', { request: alarmSince(300_000) }, 'refuse'],
    ['and not with a claim', claimed({ request: alarmSince(0) }), 'refuse'],
  ])('%s', (_story, changes, effect) => {
    expect(said(among([move('bills')], changes))?.split(':')[0]).toBe(effect);
  });
});

describe('G9-together', () => {
  const rules = { together: { share: 0.5, windowMs: 300_000 } };
  const report = (pair: string, down: boolean): OutageReport => ({
    pair,
    atMs: TEN_O_CLOCK,
    clusters: [],
    ...(down ? { downAtMs: TEN_O_CLOCK } : {}),
  });
  const both = [report('orders', true), report('bills', true)];
  const seeing = (reports: readonly OutageReport[], facts = outageFacts()) =>
    told(limited(facts, { kind: 'read', reports }, rules), 'G9-together');

  test.each<readonly [string, string | undefined, string]>([
    [
      'one of two pairs looks down',
      seeing([report('orders', true), report('bills', false)]),
      'holds: confirmed down within 300 s: 1 of 2 pairs (orders); allowed together: up to 50 %',
    ],
    [
      'both look down: a person is asked',
      seeing(both),
      'ask: confirmed down within 300 s: 2 of 2 pairs (orders, bills); allowed together: up to 50 %',
    ],
    [
      'and before a way home too',
      seeing(both, recoveryFacts({ request: requestOfRule({ move: 'failback' }) })),
      'ask: confirmed down within 300 s: 2 of 2 pairs (orders, bills); allowed together: up to 50 %',
    ],
    [
      'nobody knows whether the others see this pair',
      seeing([report('bills', false)]),
      'refuse: which pairs look down together is not known: nothing of pair "orders" itself is in the table above the pairs since 2026-11-22T09:55:00Z',
    ],
  ])('%s', (_story, said, sentence) => {
    expect(said).toBe(sentence);
  });

  test('reports that were not looked at are not known', () => {
    expect(told(limited(outageFacts(), { kind: 'read' }, rules), 'G9-together')).toMatch(/^refuse: /);
  });

  test.each<readonly [string, MoveFacts]>([
    [
      'before a start by a person',
      limited(outageFacts({ request: byPerson() }), { kind: 'read', reports: both }, rules),
    ],
    ['where nothing is configured', limited(outageFacts(), { kind: 'read', reports: both }, {})],
    ['where the table cannot be read: G7-known refuses', limited(outageFacts(), UNKNOWN, rules)],
  ])('nobody is suspected %s', (_story, facts) => {
    expect(told(facts, 'G9-together')).toBeUndefined();
  });
});
