import { expect, test } from '@jest/globals';
import { judgeOrder, judgeStatedRepeats, type LostRefuge } from '../../drill/checker/without-refuge.ts';
import { goodRun, KILLED } from '../../support/builders/run.ts';

const stated = (billing: string): LostRefuge['stated'] => ({
  kind: 'bounded',
  byGroup: { billing },
  records: billing,
  uncopied: '0',
  lookedAtMs: KILLED,
});
/** One record is processed three times more after the refuge was lost, nothing is in flight. */
function repeating() {
  const run = { ...goodRun(), inFlightPerMember: 0 };
  const [first] = run.processed;
  const lostMs = 50_000;
  run.processed.push(...[1, 2, 3].map((i) => ({ ...first!, atMs: lostMs + i })));
  return { run, lostMs };
}
const judged = (changes: Partial<LostRefuge>) => {
  const { run, lostMs } = repeating();
  return judgeStatedRepeats(run, { lostMs, stated: stated('3'), fled: [], ...changes });
};

test('as many as were stated are no problem, and both figures are told', () =>
  expect(judged({})).toEqual({
    problems: [],
    seen: ['billing repeated 3 since the refuge was lost (at most 3 stated)'],
  }));

test('one more is', () =>
  expect(judged({ stated: stated('2') }).problems).toEqual([
    'billing repeated 3 since the refuge was lost; stated were 2, and 0 in flight',
  ]));

test('what the clients of the refuge were told for a group of both sides counts with it', () => {
  const fled = [
    { group: 'billing', seed: 4n, remoteEnd: 5n },
    { group: 'billing', seed: null, remoteEnd: 50n },
    { group: 'audit', seed: 0n, remoteEnd: 50n },
  ];
  expect(judged({ stated: stated('2'), fled }).problems).toEqual([]);
});

test('what was repeated before is not of this move', () => {
  const { run, lostMs } = repeating();
  const all = { lostMs: lostMs + 2, stated: stated('2'), fled: [] };
  expect(judgeStatedRepeats(run, all).problems).toEqual([]);
});

test('a record whose acknowledgement is unknown is counted apart', () => {
  const { run, lostMs } = repeating();
  const produced = run.produced.map((p, i) => (i === 0 ? { ...p, result: 'unknown' as const } : p));
  expect(judgeStatedRepeats({ ...run, produced }, { lostMs, stated: stated('0'), fled: [] }).problems).toEqual([]);
});

test.each([
  [undefined, 'nothing was stated'],
  [{ kind: 'unbounded', because: ['nobody looked'] } as const, 'nobody looked'],
])('without a bound the promise is not kept', (none, why) =>
  expect(judged({ stated: none }).problems).toEqual([`the repetitions were not bounded before the move: ${why}`]),
);

test('a record that was processed behind a later one of its key is out of order, unless nobody had copied it', () => {
  const run = goodRun();
  const [first] = run.processed;
  const later = { ...first!, seq: 100, atMs: 70_000 };
  const earlier = { ...first!, seq: 99, topic: 'K2.orders', offset: 7n, atMs: 70_001 };
  run.processed.push(later, earlier);
  run.logs.push({ cluster: 'K1', topic: 'K2.orders', partition: 0, records: [{ offset: 7n, id: 'p1#99' }] });
  const told = (end: bigint) => judgeOrder(run, new Map([['K2.orders-0', end]]));
  expect(told(8n)).toEqual(['billing processed 1 records out of order that the refuge had copied']);
  expect(told(7n)).toEqual([]);
});
