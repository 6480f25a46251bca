/** What the rules are told when the world asks for a move: the event, the cause it belongs to, and one sentence. */
import { describe, expect, test } from '@jest/globals';
import { callFor } from '../../../core/move/call.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { outageFacts, recoveryFacts, storedVerdict } from '../../support/builders/judgement.ts';
import { claimOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const withHome = (facts: MoveFacts, kind: string, changes: Parameters<typeof storedVerdict>[2] = {}): MoveFacts => ({
  ...facts,
  verdicts: { ...facts.verdicts, home: storedVerdict('cluster:K1', kind, changes) },
});
const inState = (facts: MoveFacts, changes: Partial<MoveFacts['state']>): MoveFacts => ({
  ...facts,
  state: { ...facts.state, ...changes },
});
const away = recoveryFacts();

describe('an outage', () => {
  test('carries the id of its incident and the sentence of the verdict', () => {
    expect(callFor(withHome(outageFacts(), 'CONFIRMED_DOWN', { incidentId: 'cluster-K1-one' }))).toEqual({
      event: 'OutageConfirmed',
      incidentId: 'cluster-K1-one',
      sentence: 'cluster:K1 is CONFIRMED_DOWN',
    });
  });

  test('that only a person may act on is told once it has stood for 60 s', () => {
    const standing = (ms: number) =>
      callFor(withHome(outageFacts(), 'GRAY_FAILURE', { sinceMs: TEN_O_CLOCK - ms }))?.event;
    expect([standing(59_999), standing(60_000)]).toEqual([undefined, 'OutageConfirmed']);
  });

  test('that a rule may act on is told at once', () => {
    expect(callFor(withHome(outageFacts(), 'CONFIRMED_DOWN', { sinceMs: TEN_O_CLOCK }))?.event).toBe('OutageConfirmed');
  });

  test('is told of a set that a switchover has left half way', () => {
    expect(callFor(inState(outageFacts(), { phase: 'leaving' }))?.event).toBe('OutageConfirmed');
  });

  test.each(['draining', 'refuge'] as const)('is none of the business of a set in phase %s', (phase) => {
    expect(callFor(inState(outageFacts(), { phase }))).toBeUndefined();
  });

  test.each(['observe', 'approve'] as const)(
    'is told in mode %s as well: the guards say what may come of it',
    (mode) => {
      expect(callFor(inState(outageFacts(), { mode }))?.event).toBe('OutageConfirmed');
    },
  );

  test.each(['failover', 'failback'] as const)('is not told while a %s is open at home or at the refuge', (move) => {
    const open = (phase: 'home' | 'refuge') =>
      callFor(inState(outageFacts(), { phase, epoch: 1, open: claimOf({ move, from: 'refuge' }) }))?.event;
    expect([open('refuge'), open('home')]).toEqual([undefined, move === 'failback' ? 'OutageConfirmed' : undefined]);
  });

  test('is told under an open way home only when it is confirmed', () => {
    const open = { phase: 'returning', epoch: 2, open: claimOf({ move: 'failback', from: 'refuge' }) } as const;
    const told = (kind: string) => callFor(inState(withHome(outageFacts(), kind), open))?.event;
    expect(['CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED', 'GRAY_FAILURE', 'NAME_RESOLUTION'].map(told)).toEqual([
      'OutageConfirmed',
      'OutageConfirmed',
      undefined,
      undefined,
    ]);
  });
});

describe('a recovery', () => {
  test('is named after the stay that it ends and the outage before it', () => {
    const facts = withHome(away, 'HEALTHY', { lastIncidentId: 'cluster-K1-one' });
    expect(callFor(facts)).toEqual({
      event: 'RecoveryConfirmed',
      incidentId: 'recovery-K1-left-2026-11-22T08:00:00Z-after-cluster-K1-one',
      sentence: 'K1 has been HEALTHY since 2026-11-22T09:00:00Z, longer than the dwell time',
    });
  });

  test('of a stay that nobody remembers, from no outage, has a name too', () => {
    expect(callFor(inState(away, { leftHomeAtMs: undefined }))?.incidentId).toBe(
      'recovery-K1-left-long-ago-after-no-outage',
    );
  });

  test('is told from the end of the dwell time on', () => {
    const healthyFor = (ms: number) => callFor(withHome(away, 'HEALTHY', { sinceMs: TEN_O_CLOCK - ms }))?.event;
    expect([healthyFor(1_799_999), healthyFor(1_800_000)]).toEqual([undefined, 'RecoveryConfirmed']);
  });

  test('is none for a set that is at home', () => {
    expect(callFor(withHome(outageFacts(), 'HEALTHY'))).toBeUndefined();
  });

  test.each(['draining', 'leaving'] as const)('is none for a set in phase %s', (phase) => {
    expect(callFor(inState(away, { phase }))).toBeUndefined();
  });

  test('is not told to a set that is switched off, or whose observer was interrupted', () => {
    const data = { allows: 'nothing', reasons: [], settlingUntilMs: TEN_O_CLOCK + 1 };
    expect([callFor(inState(away, { mode: 'off' })), callFor(withHome(away, 'HEALTHY', { data }))]).toEqual([
      undefined,
      undefined,
    ]);
  });

  describe('while a way home waits for a person', () => {
    const waiting = claimOf({ epoch: 2, move: 'failback', from: 'refuge', approval: 'pending' });
    const told = (changes: Partial<MoveFacts['state']>, failback: MoveFacts['place']['failback'] = 'automatic') =>
      callFor(
        inState(
          { ...away, place: { ...away.place, failback } },
          { epoch: 2, open: waiting, mode: 'automatic', ...changes },
        ),
      )?.event;

    test.each<readonly [string, string | undefined, string | undefined]>([
      ['that nobody needs any more is told', told({}), 'RecoveryConfirmed'],
      ['half way too', told({ phase: 'returning' }), 'RecoveryConfirmed'],
      ['that the mode still asks for is not', told({ mode: 'approve' }), undefined],
      ['that the set still asks for is not', told({}, 'approve'), undefined],
      ['that has been approved is not', told({ open: { ...waiting, approval: 'given' } }), undefined],
      ['but no failover that waits', told({ open: { ...waiting, move: 'failover' } }), undefined],
      ['nor a switchover', told({ open: { ...waiting, move: 'switchover' } }), undefined],
    ])('%s', (_story, said, event) => {
      expect(said).toBe(event);
    });
  });

  test('of a way home that was cut short is told once nobody runs it', () => {
    const cut = { phase: 'returning', epoch: 2 } as const;
    expect([
      callFor(inState(away, cut))?.event,
      callFor(inState(away, { ...cut, open: claimOf({ move: 'failback', from: 'refuge' }) }))?.event,
    ]).toEqual(['RecoveryConfirmed', undefined]);
  });
});
