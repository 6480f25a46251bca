import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { judgeVantage } from '../../../core/health/window.ts';
import type { Vote } from '../../../core/health/votes.ts';
import type { VantageJudgement } from '../../../core/health/window.ts';
import { INTERVAL_MS, RULES, timeline, vote } from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const judge = (votes: readonly Vote[], nowMs = TEN_O_CLOCK) => judgeVantage(votes, RULES, nowMs);

describe('the window of one vantage, a probe every 10 s', () => {
  test.each([
    ['nothing was ever seen', '', 'absent'],
    ['the only vote is a success', 'U', 'up'],
    ['the only vote is a failure: too little evidence is not health', 'D', 'suspected'],
    ['one failure among successes', 'UUUUUD', 'up'],
    ['three failures, three successes: not more failures than successes', 'UUUDDD', 'up'],
    ['four failures in six', 'UUDDDD', 'suspected'],
    ['flapping evenly', 'UDUDUDUDUDUD', 'up'],
    ['all six failed, but only since 30 s', 'UUUUUU DDDDDD', 'suspected'],
    ['suspicion for 50 s', 'UUUUUU DDDD DDDDD', 'suspected'],
    ['suspicion for exactly 60 s', 'UUUUUU DDDD DDDDDD', 'confirmed'],
    ['one success in a long outage', 'UUUUUU DDDDDDDD U DDDD', 'confirmed'],
    ['the newest probe succeeded: nobody moves away from what just answered', 'UUUUUU DDDDDDDDDDDD U', 'suspected'],
    ['a sign of life 30 s ago in a long outage', 'UUUUUU DDDDDDDDD L DDD', 'suspected'],
    ['a sign of life 60 s ago in a long outage', 'UUUUUU DDDDDDDDD L DDDDDD', 'confirmed'],
    ['abstentions inside an outage do not count', 'UUUUUU DDDD ADDADDADD', 'confirmed'],
    ['a gap longer than three intervals: the confirm time begins anew', 'UUUUUU DDDDDDDD .... DD', 'suspected'],
    ['the newest vote is 40 s old', 'DDDDDDDDDDDDD ....', 'absent'],
    ['old votes, then only abstentions', 'UUUUUU AAAAA', 'faulty'],
    ['a vote 20 s old outlives two abstentions', 'UUUUUU AA', 'up'],
    ['the newest vote is exactly 30 s old', 'UUUUUU ...', 'up'],
    ['an abstention 40 s old', 'A ....', 'absent'],
    ['an abstention exactly 30 s old', 'A ...', 'faulty'],
    ['three failures are enough when there are no more successes', 'UDDD', 'suspected'],
    ['a gap of exactly three intervals does not break the confirm time', 'UUUUUU DDDDDDDD .. D', 'confirmed'],
    ['serves in part once', 'UUUUUP', 'up'],
    ['two failures and a success: not enough failures', 'UDD', 'up'],
    ['the first look already sees it serve in part', 'P', 'partial'],
    ['serves in part at four of six', 'UUPPPP', 'partial'],
    ['a part, then all of it fails, for four of six together', 'UUPPPD', 'partial'],
    ['a part, then all of it again at the newest', 'UPPPPU', 'partial'],
    ['slow once', 'UUUUUG', 'up'],
    ['slow at four of six', 'UUGGGG', 'gray'],
    ['slow, then in part, four of six together', 'UUGGGP', 'gray'],
    ['slow at three of six: not more than well', 'UUUGGG', 'up'],
    ['back after an outage: three successes of six', 'DDDDDDDDDDDDD UUU', 'up'],
    ['back after an outage: two successes of six', 'DDDDDDDDDDDDD UU', 'suspected'],
  ] as const)('%s: %s -> %s', (_story, letters, kind) => {
    expect(judge(timeline(letters)).kind).toBe(kind);
  });

  test('a suspicion is as old as the vote at which it arose', () => {
    expect(judge(timeline('UUUUUU DDDD DDDDDD'))).toMatchObject({ sinceMs: Date.UTC(2026, 10, 22, 9, 59, 0) });
  });

  test('an abstention with a sign of life is kept when nobody votes', () => {
    expect(judge(timeline('LA'))).toMatchObject({ kind: 'faulty', signOfLife: true });
  });

  test('an abstention without one is kept as such', () => {
    expect(judge(timeline('UA....A'))).toMatchObject({ kind: 'faulty', signOfLife: false, because: 'dns: timeout' });
  });

  test('a sign of life that is stale is none', () => {
    expect(judge(timeline('L....A'))).toMatchObject({ kind: 'faulty', signOfLife: false });
  });

  test('the reason of a suspicion is the newest failure', () => {
    const votes = [
      ...timeline('UUUUUU DDDDD', TEN_O_CLOCK - 20_000),
      { kind: 'down', atMs: TEN_O_CLOCK - 10_000, because: 'metadata: no controller' } as const,
      vote('P', TEN_O_CLOCK)!,
    ];
    expect(judge(votes)).toMatchObject({ kind: 'suspected', because: 'metadata: no controller' });
  });

  test('where one failure is a suspicion, it may begin with the very first vote', () => {
    expect(judgeVantage(timeline('DDDDDDD'), { ...RULES, suspectFailures: 1 }, TEN_O_CLOCK)).toMatchObject({
      kind: 'confirmed',
      sinceMs: TEN_O_CLOCK - 60_000,
    });
  });

  test('votes from the future are not seen', () => {
    expect(judge(timeline('UUUUUU DDDDDD', TEN_O_CLOCK + 60_000))).toMatchObject({ kind: 'up' });
    expect(judge([vote('D', TEN_O_CLOCK + 1)!])).toEqual({ kind: 'absent' });
  });

  test('a failure and a success at one instant: the failure counts as the later', () => {
    const votes = timeline('PPPPP');
    expect(judge([vote('P', TEN_O_CLOCK)!, vote('U', TEN_O_CLOCK)!].concat(votes.slice(0, 2))).kind).toBe('partial');
  });
});

test('what lacks redundancy at four of six is up, and says what is missing', () => {
  expect(judge(timeline('UUEEEE'))).toMatchObject({ kind: 'up', degraded: '1 brokers that hold replicas are missing' });
  expect(judge(timeline('UUUEEE'))).not.toHaveProperty('degraded');
});

test('a judgement keeps the class of its abstentions while they agree on one', () => {
  const dns = { kind: 'abstain', signOfLife: false, because: 'dns', errorClass: 'prober-fault-dns' } as const;
  const other = { ...dns, errorClass: 'prober-fault-tls' } as const;
  const at = (ms: number) => ({ atMs: TEN_O_CLOCK - ms });
  expect(
    judge([
      { ...dns, ...at(10_000) },
      { ...dns, ...at(0) },
    ]),
  ).toMatchObject({ errorClass: 'prober-fault-dns' });
  expect(
    judge([
      { ...other, ...at(10_000) },
      { ...dns, ...at(0) },
    ]),
  ).not.toHaveProperty('errorClass');
  expect(
    judge([
      { ...other, ...at(31_000) },
      { ...dns, ...at(0) },
    ]),
  ).toMatchObject({ errorClass: 'prober-fault-dns' });
});

test('a suspicion says whether the cluster still answered when it last failed, and what does not serve', () => {
  const impairment = { canaryShare: 1, sets: {} };
  const refused = (slot: number): Vote => ({
    kind: 'down',
    atMs: TEN_O_CLOCK - slot * INTERVAL_MS,
    because: 'canary-write: refused',
    answered: true,
    impairment,
  });
  expect(judge([refused(2), refused(1), refused(0)])).toMatchObject({ kind: 'suspected', answered: true, impairment });
  expect(judge([refused(2), refused(1), vote('D', TEN_O_CLOCK)!])).not.toHaveProperty('answered');
});

describe('recovered', () => {
  test.each([
    ['600 s without failure, 61 successes', 'U'.repeat(61), true],
    ['exactly 30 successes, nothing else', 'U'.repeat(30), true],
    ['29 successes are too few', 'U'.repeat(29), false],
    ['a failure 600 s ago', `D${'U'.repeat(60)}`, false],
    ['a failure 610 s ago', `D${'U'.repeat(61)}`, true],
    ['a partial one 590 s ago', `P${'U'.repeat(59)}`, false],
    ['a slow one 590 s ago', `G${'U'.repeat(59)}`, false],
    ['a degraded one 590 s ago: it served', `E${'U'.repeat(59)}`, true],
  ] as const)('%s: %#', (_story, letters, recovered) => {
    expect(judge(timeline(letters))).toEqual({ kind: 'up', recovered });
  });
});

/** How far a judgement is on the way to acting. */
const ACTING: Record<VantageJudgement['kind'], number> = {
  absent: 0,
  faulty: 0,
  up: 0,
  gray: 0,
  partial: 0,
  suspected: 1,
  confirmed: 2,
};
/** How bad a judgement is; only comparable where the vantage votes. */
const BADNESS: Record<VantageJudgement['kind'], number> = {
  absent: -1,
  faulty: -1,
  up: 0,
  gray: 1,
  partial: 2,
  suspected: 3,
  confirmed: 4,
};

const story = fc.string({ unit: fc.constantFrom('U', 'E', 'G', 'D', 'P', 'A', 'L', '.'), minLength: 1, maxLength: 40 });
const failing = fc.string({ unit: fc.constantFrom('D', 'D', 'D', 'D', 'U', 'A', '.'), minLength: 8, maxLength: 40 });
const anyStory = fc.oneof(story, failing);

describe('properties of the window', () => {
  test('one more failure never heals', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(400), (letters, tenths) => {
        const votes = timeline(letters);
        const before = judge(votes);
        const after = judge([...votes, vote('D', TEN_O_CLOCK - tenths * 1_000)!]);
        fc.pre(BADNESS[before.kind] >= 0);
        expect(BADNESS[after.kind]).toBeGreaterThanOrEqual(BADNESS[before.kind]);
      }),
    );
  });

  test('any vote made worse never makes the judgement better', () => {
    const order = ['U', 'E', 'G', 'P', 'D'];
    fc.assert(
      fc.property(anyStory, fc.nat(), fc.nat(), (letters, pick, by) => {
        const at = Array.from(letters).flatMap((letter, i) => (order.includes(letter) ? [i] : []));
        fc.pre(at.length > 0);
        const i = at[pick % at.length]!;
        const rank = order.indexOf(letters[i]!);
        const worse = order[rank + (by % (order.length - rank))]!;
        const changed = `${letters.slice(0, i)}${worse}${letters.slice(i + 1)}`;
        const [before, after] = [judge(timeline(letters)), judge(timeline(changed))];
        expect(BADNESS[after.kind]).toBeGreaterThanOrEqual(BADNESS[before.kind]);
      }),
    );
  });

  test('a success that had been a failure never makes it worse', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(), (letters, pick) => {
        const at = Array.from(letters).flatMap((letter, i) => (letter === 'U' ? [i] : []));
        fc.pre(at.length > 0);
        const i = at[pick % at.length]!;
        const worse = `${letters.slice(0, i)}D${letters.slice(i + 1)}`;
        expect(ACTING[judge(timeline(worse)).kind]).toBeGreaterThanOrEqual(ACTING[judge(timeline(letters)).kind]);
      }),
    );
  });

  test('one more abstention never moves towards acting', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(400), fc.constantFrom('A', 'L'), (letters, tenths, letter) => {
        const votes = timeline(letters);
        const after = judge([...votes, vote(letter, TEN_O_CLOCK - tenths * 1_000)!]);
        expect(ACTING[after.kind]).toBeLessThanOrEqual(ACTING[judge(votes).kind]);
      }),
    );
  });

  test('the order in which observations arrive does not matter', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.tuple(fc.constantFrom('U', 'E', 'G', 'D', 'P', 'A', 'L'), fc.nat(20)), { maxLength: 30 })
          .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          const votes = (of: typeof list) =>
            of.map(([letter, slot]) => vote(letter, TEN_O_CLOCK - slot * INTERVAL_MS)!);
          const kindOf = (of: typeof list) => ({ ...judge(votes(of)), because: '' });
          expect(kindOf(shuffled)).toEqual(kindOf(list));
        },
      ),
    );
  });
});

test('where nothing else was seen, the time towards a confirmation begins with the third failure', () => {
  expect(judge(timeline('DDDDDDDDD'))).toMatchObject({ kind: 'confirmed', sinceMs: TEN_O_CLOCK - 60_000 });
});

test.each(['P', 'G', 'D', 'A', 'U'] as const)('a judgement (%s) carries nothing that was not seen', (letter) => {
  const keys = Object.keys(judge(timeline(letter)));
  expect(keys.filter((key) => ['impairment', 'errorClass', 'answered', 'degraded'].includes(key))).toEqual([]);
});

test('the reason of a vantage that cannot tell is its newest one, in whatever order they were read', () => {
  const votes = [
    { kind: 'abstain', atMs: TEN_O_CLOCK, signOfLife: false, because: 'sasl: refused' },
    { kind: 'abstain', atMs: TEN_O_CLOCK - 10_000, signOfLife: false, because: 'dns: timeout' },
  ] as const;
  expect(judge(votes)).toMatchObject({ kind: 'faulty', because: 'sasl: refused' });
});
