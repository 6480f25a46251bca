import { describe, expect, test } from '@jest/globals';
import { decideUndo, undoSentence } from '../../../core/move/undo.ts';
import { claimOf, pairConfig, placedK1, stateOf } from '../../support/builders/pair.ts';

const HOME_ONLY = { groups: [{ id: 'billing' }, { id: 'audit', mode: 'home-only' }] };

const leaving = (
  set: object = {},
  open: Parameters<typeof claimOf>[0] = {},
  phase: 'leaving' | 'home' | 'refuge' = 'leaving',
) => {
  const config = pairConfig(set);
  const claim = claimOf({ move: 'switchover', published: phase !== 'home', ...open });
  return decideUndo(stateOf(config, { epoch: 1, phase, open: claim }), placedK1(config));
};

describe('a switchover can be taken back', () => {
  test('while consumers are at home and every group has members where producers write', () => {
    expect(leaving()).toEqual({ kind: 'undo' });
  });

  test('while producers hold, whatever groups the set has: nothing was written at the refuge', () => {
    expect(leaving({ ...HOME_ONLY, ordering: 'per-key' })).toEqual({ kind: 'undo' });
  });

  test('before anything is published, whatever groups the set has', () => {
    expect(leaving(HOME_ONLY, {}, 'home')).toEqual({ kind: 'undo' });
  });
});

describe('a switchover cannot be taken back', () => {
  test('where a home-only group has nobody to process what producers wrote at the refuge', () => {
    expect(leaving(HOME_ONLY)).toMatchObject({
      kind: 'refused',
      sentence:
        'producers of "clients-k1" write at K2 already, and audit (home-only) has nobody there to process it; let the switchover end, then go home by "start" (a failback)',
    });
  });

  test('where several home-only groups have nobody there: each is named', () => {
    const groups = ['audit', 'taxes'].map((id) => ({ id, mode: 'home-only' }));
    expect(leaving({ groups })).toMatchObject({
      sentence: expect.stringContaining('and audit, taxes (home-only) has nobody'),
    });
  });

  test('once consumers are told to go', () => {
    expect(leaving({}, {}, 'refuge')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('told to go'),
    });
  });

  test('twice', () => {
    expect(leaving({}, { undo: { by: 'ada', reason: 'no disks', atMs: 1 } })).toMatchObject({
      kind: 'already',
      sentence: expect.stringContaining('by ada'),
    });
  });

  test('where a failover is open', () => {
    expect(leaving({}, { move: 'failover' })).toMatchObject({
      kind: 'refused',
      sentence: '"clients-k1" is in no switchover: the failover of epoch 1 is open; only a switchover can be undone',
    });
  });

  test('where nothing is open', () => {
    const config = pairConfig();
    expect(decideUndo(stateOf(config), placedK1(config))).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('epoch 0 is closed'),
    });
  });
});

test('it is told who has taken it back, and why', () => {
  expect(undoSentence({ by: 'ada', reason: 'no disks', atMs: 1 }, { epoch: 3, clientSet: 'clients-k1' })).toBe(
    'the switchover of "clients-k1" (epoch 3) is taken back by ada: no disks',
  );
});
