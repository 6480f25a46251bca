/** What home processes again after a way back, before it (by what was stored) and after it (by what was restored). */
import { describe, expect, test } from '@jest/globals';
import type { PositionRecord } from '../../../core/contracts/tables.ts';
import {
  repetitionOf,
  repetitionSentence,
  reprocessOf,
  reprocessRestored,
  type Restored,
} from '../../../core/move/reprocess.ts';
import { keptPosition, positionRecordOf } from '../../support/builders/pair.ts';

type Kept = PositionRecord['partitions'][string];

describe('what is kept', () => {
  test('a bound, and by what', () =>
    expect(reprocessOf(7n, { by: 'the offset syncs', unless: 'no drain has ended' })).toEqual({
      atMost: '7',
      because: 'by the offset syncs',
    }));

  test('no bound, and why there is none', () =>
    expect(reprocessOf('unknown', { by: 'the offset syncs', unless: 'no drain has ended' })).toEqual({
      atMost: null,
      because: 'no drain has ended',
    }));
});

describe('after the restore it is the least of what is known', () => {
  /** The position is 100 at home, whose log ends at 150; nothing was stored before. */
  const restored = (changes: Partial<Restored> = {}, choice: Partial<Restored['choice']> = {}): Restored => ({
    choice: { position: 100n, reprocessAtMost: 20n, ...choice },
    stored: undefined,
    drained: 200n,
    end: 150n,
    ...changes,
  });
  const before = (atMost: string | null, drained: string | null = '200'): Restored['stored'] => ({
    drained,
    reprocess: { atMost, because: 'by the end of the drain' },
  });

  test.each<readonly [string, Restored, string, string]>([
    ['the translation', restored(), '20', 'by the offset syncs'],
    ['the translation by content', restored({}, { from: 'content' }), '20', 'by the records of both logs'],
    ['the translation, from elsewhere', restored({}, { from: 'syncs' }), '20', 'by the offset syncs'],
    ['of two that agree the translation', restored({ end: 120n }), '20', 'by the offset syncs'],
    ["what home's log has behind the position", restored({ end: 119n }), '19', "by the end of home's log"],
    [
      "what home's log has, where the translation knows no bound",
      restored({}, { reprocessAtMost: 'unknown' }),
      '50',
      "by the end of home's log",
    ],
    ['nothing, at the end of the log', restored({ end: 100n }), '0', "by the end of home's log"],
    ['nothing, where the position lies past the end', restored({ end: 90n }), '0', "by the end of home's log"],
    ['what the drain had found', restored({ stored: before('5') }), '5', 'by what the end of the drain had found'],
    ['of two that agree not what the drain had found', restored({ stored: before('20') }), '20', 'by the offset syncs'],
    [
      'nothing, where the drain had found nothing',
      restored({ stored: before('0') }),
      '0',
      'by what the end of the drain had found',
    ],
    [
      'what the drain had found, and what was processed since',
      restored({ stored: before('5', '197') }),
      '8',
      'by what the end of the drain had found',
    ],
    [
      'what the drain had found: who stands further back has processed nothing since',
      restored({ stored: before('5', '210') }),
      '5',
      'by what the end of the drain had found',
    ],
    [
      'what the drain had found, where nobody knows how far it came since',
      restored({ stored: before('5', '197'), drained: null }),
      '5',
      'by what the end of the drain had found',
    ],
    [
      'what the drain had found, where its end was not kept',
      restored({ stored: before('5', null) }),
      '5',
      'by what the end of the drain had found',
    ],
    ['not what the drain could not find', restored({ stored: before(null) }), '20', 'by the offset syncs'],
    ['not what an older release did not store', restored({ stored: { drained: '200' } }), '20', 'by the offset syncs'],
  ])('%s', (_story, given, atMost, because) => {
    expect(reprocessRestored(given)).toEqual({ atMost, because });
  });
});

describe('over all groups', () => {
  const again = (atMost: string | null, because = 'the syncs are gone'): Partial<Kept> => ({
    reprocess: { atMost, because },
  });
  const record = (partitions: readonly Partial<Kept>[], changes: Partial<PositionRecord> = {}) =>
    positionRecordOf({
      partitions: Object.fromEntries(partitions.map((one, i) => [i, keptPosition(one)])),
      ...changes,
    });

  test('bounds add up, and each partition without one is named with its reason', () => {
    const positions = [record([again('2'), again(null)]), record([again('0'), again('40')], { group: 'audit' })];
    expect(repetitionOf(positions)).toEqual({ atMost: 42n, unknown: ['billing orders-1: the syncs are gone'] });
  });

  test.each([
    ['shared', 'no drain of it has ended'],
    ['home-only', 'no drain of it has ended'],
    ['reads-remote', 'it reads both topics at the refuge at all times, so it is told when its position at home is set'],
  ] as const)('before anything is told of a group that is %s, it says so', (groupMode, why) => {
    expect(repetitionOf([record([{}], { groupMode })])).toEqual({ atMost: 0n, unknown: [`billing orders-0: ${why}`] });
  });

  test.each<readonly [string, readonly PositionRecord[], string]>([
    ['without positions it is unknown', [], 'unknown, no positions of an earlier move are stored'],
    ['known everywhere', [record([again('2'), again('5')])], '7 record(s)'],
    [
      'known in part',
      [record([again('2'), again(null)])],
      '2 record(s) where it is known, unknown for 1 partition(s): billing orders-1: the syncs are gone',
    ],
    [
      'three that are not known are named',
      [record([again(null, 'a'), again(null, 'b'), again(null, 'c')])],
      '0 record(s) where it is known, unknown for 3 partition(s): billing orders-0: a; billing orders-1: b; billing orders-2: c',
    ],
    [
      'of more the first three',
      [record(['a', 'b', 'c', 'd', 'e'].map((why) => again(null, why)))],
      '0 record(s) where it is known, unknown for 5 partition(s): billing orders-0: a; billing orders-1: b; billing orders-2: c and 2 more',
    ],
  ])('in a sentence: %s', (_story, positions, sentence) => {
    expect(repetitionSentence(positions)).toBe(sentence);
  });
});
