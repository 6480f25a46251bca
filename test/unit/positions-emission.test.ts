/** How MirrorMaker 2 emits offset syncs, as the simulated flows do, and what that means for a group at the end of home. */
import { describe, expect, test } from '@jest/globals';
import { translateForward } from '../../core/positions/forward.ts';
import { buildSyncMap, type SyncPoint } from '../../core/positions/sync-map.ts';
import { FlowSimulator } from '../support/flow-simulator.ts';
import { SyncEmission } from '../support/sync-emission.ts';

const at = (upstream: number, downstream: number): SyncPoint => ({
  upstream: BigInt(upstream),
  downstream: BigInt(downstream),
});

/** What MirrorMaker 2 (3.7.1) was seen to translate: 10,000 records, read by 250, the flow restarted. */
describe('a gap-free flow of 10,000 records, flushed where its checkpoints tell of a sync', () => {
  const observed = [
    [500n, 1n],
    [6_250n, 5_820n],
    [7_250n, 7_228n],
    [8_750n, 8_658n],
    [9_500n, 9_362n],
    [9_750n, 9_714n],
    [10_000n, 10_000n],
  ] as const;
  const flow = new FlowSimulator({ exactlyOnce: false, lagMax: 100n }).run([
    { do: 'produce', gapBefore: false, count: 10_000 },
    ...observed.flatMap(([, java], i) => [
      { do: 'copy' as const, count: Number(java - (observed[i - 1]?.[1] ?? 0n)) },
      { do: 'flush' as const },
    ]),
  ]);
  const map = buildSyncMap(flow.syncs, { history: 'complete', exactlyOnce: false });
  test.each(observed)('a group at %s, which it sends to %s, is sent no further back, and not beyond', (home, java) => {
    const answer = translateForward(map, home, { logStart: 0n, end: flow.remoteEnd });
    if (answer.kind === 'unknown') throw new Error(answer.reason);
    expect(answer.position).toBeGreaterThanOrEqual(java);
    expect(answer.position).toBeLessThanOrEqual(home);
  });
});

describe('when a sync is due', () => {
  test.each([
    ['the first record of a life', [[0, 100]], true],
    [
      'a gap at the source',
      [
        [0, 100],
        [2, 102],
      ],
      true,
    ],
    [
      '50 behind the last sync, at a limit of 50: one short of it',
      [
        [2, 102],
        [3, 152],
      ],
      false,
    ],
    [
      '50 behind the last sync, and the limit is reached',
      [
        [2, 102],
        [3, 152],
        [4, 153],
      ],
      true,
    ],
    [
      'right behind a sync',
      [
        [4, 153],
        [5, 154],
      ],
      false,
    ],
    [
      '49 further on',
      [
        [4, 153],
        [5, 154],
        [6, 203],
      ],
      false,
    ],
    [
      '50 further on',
      [
        [4, 153],
        [5, 154],
        [6, 203],
        [7, 204],
      ],
      true,
    ],
    [
      'the source goes back',
      [
        [7, 204],
        [2, 206],
      ],
      true,
    ],
    [
      'the record behind it',
      [
        [2, 206],
        [3, 207],
      ],
      false,
    ],
    [
      'the remote offset falls',
      [
        [3, 207],
        [4, 3],
      ],
      true,
    ],
    [
      'the record behind that',
      [
        [4, 3],
        [5, 4],
      ],
      false,
    ],
  ] as const)('%s', (_story, copies, isDue) => {
    const emission = new SyncEmission(50n);
    expect(copies.map(([u, d]) => emission.acknowledge(at(u, d))).at(-1)).toBe(isDue);
  });
  test('at a limit of 0 every record is', () => {
    const emission = new SyncEmission(0n);
    expect([0, 1, 2, 3].map((offset) => emission.acknowledge(at(offset, offset)))).toEqual([true, true, true, true]);
  });
});

describe('how syncs are sent', () => {
  const acknowledged = (lagMax: bigint, permits: number, ...copies: readonly SyncPoint[]): SyncEmission => {
    const emission = new SyncEmission(lagMax, permits);
    for (const copy of copies) emission.acknowledge(copy);
    return emission;
  };
  test('what is due waits to be sent, what is not is delayed', () => {
    const emission = acknowledged(2n, 10, at(0, 1));
    expect(emission).toMatchObject({ pending: at(0, 1), delayed: null });
    emission.send();
    emission.acknowledge(at(1, 2));
    expect(emission).toMatchObject({ pending: null, delayed: at(1, 2), lastSyncDownstream: 1n });
  });
  test('a flush of the task makes the delayed sync due, in place of one that waits', () => {
    const emission = acknowledged(50n, 10, at(0, 100), at(1, 101));
    emission.flush();
    expect(emission).toMatchObject({ pending: at(1, 101), delayed: null });
  });
  test('with as many under way as may be, the next one is sent only when one is acknowledged', () => {
    const emission = acknowledged(0n, 1, at(0, 0));
    expect(emission.send()).toEqual(at(0, 0));
    emission.acknowledge(at(1, 1));
    expect(emission.send()).toBeNull();
    emission.sent();
    expect(emission.send()).toEqual(at(1, 1));
  });
});

describe('what a group at the end of home reads again', () => {
  const ask = (count: number, isFlushed: boolean) => {
    const flow = new FlowSimulator({ exactlyOnce: false, lagMax: 100n }).run([
      { do: 'produce', gapBefore: false, count },
      { do: 'copy', count },
      ...(isFlushed ? [{ do: 'flush' } as const] : []),
    ]);
    const map = buildSyncMap(flow.syncs, { history: 'complete', exactlyOnce: false });
    return translateForward(map, BigInt(count), { end: flow.remoteEnd });
  };
  test.each([1, 2, 100, 101, 102, 999])('%i records, and the flow has flushed since: nothing', (count) =>
    expect(ask(count, true)).toMatchObject({ kind: 'exact', position: BigInt(count) }),
  );
  test.each([
    [1, 0],
    [2, 1],
    [101, 100],
    [102, 0],
    [202, 100],
    [203, 0],
  ])('%i records, and no flush since: %i of them, at most the distance of syncs', (count, again) =>
    expect(ask(count, false)).toMatchObject({ position: BigInt(count - again), rereadAtMost: BigInt(again) }),
  );
});
