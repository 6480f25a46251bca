/** What a wide drill has differently in its configuration. */
import { expect, test } from '@jest/globals';
import { abortsIn, drillPair } from '../../drill/pair.ts';

const LISTENERS = { clients: { K1: ['127.0.0.1:19092'], K2: ['127.0.0.1:29092'] } };
const plain = { trigger: 'automatic', policy: 'availability' } as const;

test('a plain drill has two kinds of groups and no hook', () => {
  const { clientSets, replication } = drillPair(plain, LISTENERS);
  expect(clientSets['clients-k1']?.groups.map(({ id, mode }) => [id, mode])).toEqual([
    ['billing', 'shared'],
    ['audit-k1', 'home-only'],
  ]);
  expect(clientSets['clients-k1']?.hooks?.restart).toBeUndefined();
  expect(replication.exactlyOnce).toBe(false);
});

test('a wide drill has four, and restarts what reads its configuration only when it starts', () => {
  const { clientSets } = drillPair({ ...plain, wide: true }, LISTENERS);
  expect(clientSets['clients-k2']?.groups.map(({ id, mode }) => [id, mode])).toEqual([
    ['billing', 'shared'],
    ['audit-k2', 'home-only'],
    ['ledger', 'shared'],
    ['archive', 'reads-remote'],
  ]);
  expect(clientSets['clients-k2']?.hooks?.restart).toEqual({
    function: 'arn:aws:lambda:eu-west-1:000000000000:function:drill-restart',
  });
});

test('an exactly-once drill declares it', () => {
  expect(drillPair({ ...plain, exactlyOnce: true }, LISTENERS).replication.exactlyOnce).toBe(true);
});

test.each([
  [{ wide: true, exactlyOnce: true }, true],
  [{ wide: true }, false],
  [{ exactlyOnce: true }, false],
])(
  'transactions are aborted on purpose only where a wide drill copies exactly once, and groups say how they read: %p',
  (form, aborts) => {
    expect(abortsIn(form)).toBe(aborts);
    const { groups } = drillPair({ ...plain, ...form }, LISTENERS).clientSets['clients-k1']!;
    expect(new Set(groups.map(({ isolation }) => isolation))).toEqual(new Set([aborts ? 'read_committed' : undefined]));
  },
);
