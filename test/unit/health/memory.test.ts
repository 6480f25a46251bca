import { describe, expect, test } from '@jest/globals';
import {
  causeIdOf,
  clusterDataOf,
  currentVerdict,
  isSettling,
  remember as rememberWith,
} from '../../../core/health/memory.ts';
import { settlingUntil } from '../../../core/health/running.ts';
import type { Judged } from '../../../core/health/memory.ts';
import type { StoredVerdict } from '../../../core/contracts/tables.ts';
import { clip } from '../../../core/health/words.ts';
import { storedVerdict } from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const RUNNING = { intervalMs: 10_000, windowSamples: 6, recoverMs: 600_000 };
const remember = (previous: StoredVerdict | null, now: Judged, nowMs: number) =>
  rememberWith(previous, now, { rules: RUNNING, nowMs });
const judged = (kind: string, failingSinceMs?: number) => ({
  subject: 'cluster:K1',
  kind,
  sentence: `K1 is ${kind}`,
  ...(failingSinceMs === undefined ? {} : { failingSinceMs }),
});
const healthy = storedVerdict('cluster:K1', 'HEALTHY', { judgedAtMs: TEN_O_CLOCK - 10_000 });

describe('from one verdict to the next', () => {
  test('a kind that stays keeps its beginning', () => {
    expect(remember(healthy, judged('HEALTHY'), TEN_O_CLOCK).stored).toMatchObject({
      sinceMs: healthy.sinceMs,
      judgedAtMs: TEN_O_CLOCK,
    });
  });

  test.each([
    ['30 s ago: the schedule may be that late', 30_000, healthy.sinceMs],
    ['31 s ago: nobody saw it stand meanwhile', 31_000, TEN_O_CLOCK],
    ['in the future: the clock went back', -1, TEN_O_CLOCK],
  ] as const)('a kind that stays, judged last %s', (_story, agoMs, sinceMs) => {
    const previous = { ...healthy, judgedAtMs: TEN_O_CLOCK - agoMs };
    expect(remember(previous, judged('HEALTHY'), TEN_O_CLOCK).stored.sinceMs).toBe(sinceMs);
  });

  test('a kind that stays over an interruption is no change', () => {
    const previous = { ...healthy, judgedAtMs: TEN_O_CLOCK - 600_000 };
    expect(remember(previous, judged('HEALTHY'), TEN_O_CLOCK).changedFrom).toBeUndefined();
  });

  test('another kind begins now, and says what it replaces', () => {
    expect(remember(healthy, judged('SUSPECTED_DOWN'), TEN_O_CLOCK)).toMatchObject({
      changedFrom: 'HEALTHY',
      stored: { sinceMs: TEN_O_CLOCK },
    });
  });

  test('the very first verdict is no change', () => {
    expect(remember(null, judged('HEALTHY'), TEN_O_CLOCK).changedFrom).toBeUndefined();
  });

  test('a confirmation opens an incident, named after the first failure', () => {
    expect(remember(healthy, judged('CONFIRMED_DOWN', TEN_O_CLOCK - 90_000), TEN_O_CLOCK).stored.incidentId).toBe(
      'cluster-K1-2026-11-22T09:58:30Z',
    );
  });

  test('a suspicion opens none', () => {
    expect(remember(healthy, judged('SUSPECTED_DOWN', TEN_O_CLOCK), TEN_O_CLOCK).stored.incidentId).toBeUndefined();
  });

  test.each(['SUSPECTED_DOWN', 'UNKNOWN', 'RECOVERING', 'CONFIRMED_DOWN'])(
    'the incident keeps its id through %s',
    (kind) => {
      const down = storedVerdict('cluster:K1', 'CONFIRMED_DOWN', { incidentId: 'one' });
      expect(remember(down, judged(kind, TEN_O_CLOCK), TEN_O_CLOCK).stored.incidentId).toBe('one');
    },
  );

  test('DEGRADED ends it too: it serves, and the next outage is another one', () => {
    const down = storedVerdict('cluster:K1', 'RECOVERING', { incidentId: 'one' });
    const { stored } = remember(down, judged('DEGRADED'), TEN_O_CLOCK);
    expect([stored.incidentId, stored.lastIncidentId]).toEqual([undefined, 'one']);
  });

  test('the incident that ended last is remembered until the next one ends', () => {
    let last = storedVerdict('cluster:K1', 'RECOVERING', { incidentId: 'one' });
    for (const kind of ['HEALTHY', 'DEGRADED', 'HEALTHY', 'CONFIRMED_DOWN'])
      last = remember(last, judged(kind), TEN_O_CLOCK).stored;
    expect(last).toMatchObject({ incidentId: 'cluster-K1-2026-11-22T10:00:00Z', lastIncidentId: 'one' });
    expect(remember(last, judged('HEALTHY'), TEN_O_CLOCK).stored.lastIncidentId).toBe(last.incidentId);
  });

  test('while an incident lasts, the one before it stays the last one that ended', () => {
    const down = storedVerdict('cluster:K1', 'CONFIRMED_DOWN', { incidentId: 'two', lastIncidentId: 'one' });
    expect(remember(down, judged('CONFIRMED_DOWN'), TEN_O_CLOCK).stored.lastIncidentId).toBe('one');
  });

  test('a trouble of another kind gives a verdict no cause', () => {
    const trouble = { sinceMs: TEN_O_CLOCK - 60_000, seenMs: TEN_O_CLOCK };
    const partial = storedVerdict('cluster:K1', 'PARTIAL_OUTAGE', {
      sinceMs: TEN_O_CLOCK,
      troubles: { GRAY_FAILURE: trouble },
    });
    expect(causeIdOf(partial)).toBe('cluster-K1-PARTIAL_OUTAGE-2026-11-22T10:00:00Z');
  });

  test.each(['PARTIAL_OUTAGE', 'GRAY_FAILURE', 'NAME_RESOLUTION', 'CONFIG_FAULT'])(
    '%s that comes and goes is one cause, until it was not seen for the recovery time',
    (kind) => {
      const at = (previous: StoredVerdict | null, now: string, agoMs: number) =>
        remember(previous, judged(now), TEN_O_CLOCK - agoMs).stored;
      const first = at(null, kind, 1_199_000);
      const well = at(first, 'HEALTHY', 1_190_000);
      const again = at(well, kind, 600_000);
      expect([causeIdOf(first), causeIdOf(again)]).toEqual(Array(2).fill(`cluster-K1-${kind}-2026-11-22T09:40:01Z`));
      const later = at(at(again, 'HEALTHY', 10_000), kind, 1);
      expect(causeIdOf(later)).toBe(causeIdOf(first));
      expect(causeIdOf(at(again, kind, 0))).toBe(`cluster-K1-${kind}-2026-11-22T10:00:00Z`);
    },
  );

  test('one trouble is not another: each is asked about', () => {
    const gray = remember(null, judged('GRAY_FAILURE'), TEN_O_CLOCK).stored;
    const partial = remember(gray, judged('PARTIAL_OUTAGE'), TEN_O_CLOCK + 1_000).stored;
    expect([causeIdOf(gray), causeIdOf(partial)]).toEqual([
      'cluster-K1-GRAY_FAILURE-2026-11-22T10:00:00Z',
      'cluster-K1-PARTIAL_OUTAGE-2026-11-22T10:00:01Z',
    ]);
  });

  test('a verdict of an older release has the cause of its own beginning', () => {
    expect(causeIdOf(storedVerdict('cluster:K1', 'GRAY_FAILURE', { sinceMs: TEN_O_CLOCK }))).toBe(
      'cluster-K1-GRAY_FAILURE-2026-11-22T10:00:00Z',
    );
  });

  test('HEALTHY ends the incident', () => {
    expect(
      remember(storedVerdict('cluster:K1', 'RECOVERING', { incidentId: 'one' }), judged('HEALTHY'), TEN_O_CLOCK).stored
        .incidentId,
    ).toBeUndefined();
  });
});

describe('what may be believed of a stored verdict', () => {
  test.each([
    ['just judged', 0, 'HEALTHY'],
    ['exactly as old as allowed', 30_000, 'HEALTHY'],
    ['older', 30_001, 'UNKNOWN'],
    ['from a clock that runs ahead a little', -30_000, 'HEALTHY'],
    ['from the future', -30_001, 'UNKNOWN'],
  ] as const)('%s', (_story, ageMs, kind) => {
    expect(
      currentVerdict(
        'cluster:K1',
        storedVerdict('cluster:K1', 'HEALTHY', { judgedAtMs: TEN_O_CLOCK - ageMs }),
        30_000,
        TEN_O_CLOCK,
      ).kind,
    ).toBe(kind);
  });

  test('a verdict that was never made is UNKNOWN', () => {
    expect(currentVerdict('cluster:K1', null, 30_000, TEN_O_CLOCK)).toMatchObject({
      kind: 'UNKNOWN',
      sentence: 'cluster:K1 has not been judged yet',
    });
  });
});

describe('doubt about our own running, a turn every 10 s, a window of 60 s', () => {
  const rules = { intervalMs: 10_000, windowSamples: 6 };
  test.each([
    ['the first turn ever', undefined, undefined],
    ['a turn at this very instant', { turnMs: TEN_O_CLOCK }, undefined],
    ['a turn 10 s ago', { turnMs: TEN_O_CLOCK - 10_000 }, undefined],
    ['a turn 30 s ago: the schedule may be that late', { turnMs: TEN_O_CLOCK - 30_000 }, undefined],
    ['a turn 31 s ago', { turnMs: TEN_O_CLOCK - 31_000 }, TEN_O_CLOCK + 60_000],
    ['a turn in the future: the clock went back', { turnMs: TEN_O_CLOCK + 1 }, TEN_O_CLOCK + 60_000],
    ['still settling', { turnMs: TEN_O_CLOCK - 10_000, settlingUntilMs: TEN_O_CLOCK + 1 }, TEN_O_CLOCK + 1],
    ['settled', { turnMs: TEN_O_CLOCK - 10_000, settlingUntilMs: TEN_O_CLOCK }, undefined],
  ] as const)('%s', (_story, last, until) => {
    expect(settlingUntil(last, rules, { nowMs: TEN_O_CLOCK })).toBe(until);
  });

  test.each([
    ['5 s ahead of us: clocks differ a little', 5_000, undefined],
    ['5.001 s ahead of us: some clock has jumped', 5_001, TEN_O_CLOCK + 60_000],
    ['ten minutes ahead, and before the first turn', 600_000, TEN_O_CLOCK + 60_000],
    ['old', -600_000, undefined],
  ] as const)('an observation %s', (_story, aheadMs, until) => {
    const last = aheadMs === 600_000 ? undefined : { turnMs: TEN_O_CLOCK - 10_000 };
    expect(settlingUntil(last, rules, { nowMs: TEN_O_CLOCK, newestSeenMs: TEN_O_CLOCK + aheadMs })).toBe(until);
  });

  test('with slow probes the limit is two intervals', () => {
    expect(
      settlingUntil(
        { turnMs: TEN_O_CLOCK - 120_000 },
        { intervalMs: 60_000, windowSamples: 6 },
        { nowMs: TEN_O_CLOCK },
      ),
    ).toBeUndefined();
  });
});

describe('what a verdict carries', () => {
  const data = { allows: 'nothing', reasons: [], settlingUntilMs: TEN_O_CLOCK + 1 };
  test('the time until which nobody acts', () => {
    const verdict = storedVerdict('cluster:K1', 'CONFIRMED_DOWN', { data });
    expect([isSettling(verdict, TEN_O_CLOCK), isSettling(verdict, TEN_O_CLOCK + 1)]).toEqual([true, false]);
  });

  test.each([
    ['nothing', undefined],
    ['something of another release', { allows: 7 }],
  ])('%s: then nothing is known of it', (_story, other) => {
    const verdict = storedVerdict('cluster:K1', 'HEALTHY', { data: other });
    expect([clusterDataOf(verdict), isSettling(verdict, TEN_O_CLOCK)]).toEqual([null, false]);
  });
});

test('a text is clipped to a length, and says so', () => {
  expect([clip('abcdef', 6), clip('abcdefg', 6)]).toEqual(['abcdef', 'abcde…']);
});

test('the very first verdict may open an incident', () => {
  expect(remember(null, judged('CONFIRMED_DOWN', TEN_O_CLOCK), TEN_O_CLOCK).stored.incidentId).toBe(
    'cluster-K1-2026-11-22T10:00:00Z',
  );
});

test('an incident without a known beginning is named after the confirmation', () => {
  expect(remember(healthy, judged('BOTH_DOWN'), TEN_O_CLOCK).stored.incidentId).toBe('cluster-K1-2026-11-22T10:00:00Z');
});

test('what was judged beside the kind is kept, and nothing where there was nothing', () => {
  expect(remember(healthy, { ...judged('HEALTHY'), data: { lag: 7 } }, TEN_O_CLOCK).stored.data).toEqual({ lag: 7 });
  expect(Object.keys(remember(healthy, judged('HEALTHY'), TEN_O_CLOCK).stored)).toEqual([
    'subject',
    'kind',
    'sinceMs',
    'judgedAtMs',
    'sentence',
  ]);
});

test.each([
  [31_500, 'cluster:K1 was HEALTHY, but that verdict is 31.5 s old, allowed 30 s'],
  [-31_500, 'cluster:K1 was HEALTHY, but that verdict lies 31.5 s in the future'],
])('a stored verdict %d ms old says why it is not believed', (ageMs, sentence) => {
  const stored = storedVerdict('cluster:K1', 'HEALTHY', { judgedAtMs: TEN_O_CLOCK - ageMs });
  expect(currentVerdict('cluster:K1', stored, 30_000, TEN_O_CLOCK).sentence).toBe(sentence);
});
