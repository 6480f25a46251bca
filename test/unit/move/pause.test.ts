import { describe, expect, test } from '@jest/globals';
import type { PauseScope } from '../../../core/contracts/tables.ts';
import { pauseSentence, standingPauses, whyPaused, type WidePauses } from '../../../core/move/pause.ts';
import { pairConfig, placedK1, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const placed = placedK1(config);
const until = (untilMs: number) => ({ owner: 'ada', reason: 'works', untilMs, setAtMs: 0 });
const wide = (scope: PauseScope, untilMs = TEN_O_CLOCK + 1) => ({ ...until(untilMs), scope });
const over = (own: ReturnType<typeof until> | undefined, pauses: ReturnType<typeof wide>[]) =>
  standingPauses(stateOf(config, own ? { pause: own } : {}), placed, { pauses, nowMs: TEN_O_CLOCK });

test.each<readonly [string, Parameters<typeof over>, readonly string[]]>([
  ['nothing', [undefined, []], []],
  ['its own', [until(TEN_O_CLOCK + 1), []], ['client set "clients-k1"']],
  ['that of its home', [undefined, [wide({ kind: 'cluster', cluster: 'K1' })]], ['cluster K1']],
  ['that of its refuge', [undefined, [wide({ kind: 'cluster', cluster: 'K2' })]], ['cluster K2']],
  ['that of a cluster it has nothing to do with', [undefined, [wide({ kind: 'cluster', cluster: 'K3' })]], []],
  ['that of the pair', [undefined, [wide({ kind: 'pair' })]], ['the pair']],
  ['that of every pair', [undefined, [wide({ kind: 'all' })]], ['every pair']],
  [
    'all, the narrowest first',
    [until(TEN_O_CLOCK + 1), [wide({ kind: 'cluster', cluster: 'K1' }), wide({ kind: 'pair' })]],
    ['client set "clients-k1"', 'cluster K1', 'the pair'],
  ],
  ['none whose time is over', [until(TEN_O_CLOCK), [wide({ kind: 'pair' }, TEN_O_CLOCK)]], []],
])('over a set stands %s', (_story, [own, pauses], whats) => {
  expect(over(own, pauses).map(({ what }) => what)).toEqual(whats);
});

test('the sentence names whose pause it is, who set it, how long and why', () => {
  expect(over(undefined, [wide({ kind: 'pair' })]).map(pauseSentence)).toEqual([
    'the pair is paused by ada until 2026-11-22T10:00:00.001Z: works',
  ]);
});

test('what stands is told without what only the table needs', () => {
  expect(over(until(TEN_O_CLOCK + 1), [])).toEqual([
    { what: 'client set "clients-k1"', owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK + 1 },
  ]);
});

describe('nothing is done without a person', () => {
  const why = (wider: WidePauses) => whyPaused(stateOf(config), placed, { ...wider, nowMs: TEN_O_CLOCK });
  const silent = { kind: 'unknown', because: 'no answer' } as const;

  test('while every pair is paused', () =>
    expect(why({ pauses: [wide({ kind: 'all' })], abovePairs: { kind: 'read' } })).toEqual([
      'every pair is paused by ada until 2026-11-22T10:00:00.001Z: works',
    ]));
  test('while that is not known', () =>
    expect(why({ pauses: [], abovePairs: silent })).toEqual([
      'whether every pair is paused is not known, which counts as a pause: no answer',
    ]));
  test('for both reasons at once', () =>
    expect(why({ pauses: [wide({ kind: 'pair' })], abovePairs: silent })).toHaveLength(2));
  test('but is where it was read that nobody has paused', () =>
    expect(why({ pauses: [], abovePairs: { kind: 'read' } })).toEqual([]));
  test('and where no table is above the pairs', () => expect(why({ pauses: [] })).toEqual([]));
});
