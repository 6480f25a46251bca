/** Our answers beside those of MirrorMaker 2's own store: as near or nearer, never ahead of the truth. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { translateForward } from '../../core/positions/forward.ts';
import { chooseRemoteSeed } from '../../core/positions/seed.ts';
import { buildSyncMap, type SyncPoint } from '../../core/positions/sync-map.ts';
import { FlowSimulator } from '../support/flow-simulator.ts';
import { afterGroupSync, Mm2SyncStore, type SyncedGroup } from '../support/mm2-sync-store.ts';

const at = (upstream: number | bigint, downstream: number | bigint): SyncPoint => ({
  upstream: BigInt(upstream),
  downstream: BigInt(downstream),
});
/** Syncs of a log without gaps: every `step` offsets from `from` to `to`. */
const every = (step: number, from: number, to: number): readonly SyncPoint[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => at(from + i * step, from + i * step));
const storedOf = (store: Mm2SyncStore): string => store.stored.map(({ upstream }) => upstream).join(' ');
const ours = (syncs: readonly SyncPoint[], home: number | bigint): bigint | string => {
  const map = buildSyncMap(syncs, { history: 'complete', exactlyOnce: false });
  const answer = translateForward(map, BigInt(home), {});
  return answer.kind === 'unknown' ? answer.reason : answer.position;
};

describe("MirrorMaker 2's own store", () => {
  test('answers as Kafka documents it: at a sync its copy, behind it one further', () => {
    const store = new Mm2SyncStore().start();
    expect(store.translate(0n)).toBe('none');
    store.add(at(100, 200));
    expect(store.translate(150n)).toBe(201n);
    store.add(at(150, 251));
    expect([store.translate(150n), store.translate(5n)]).toEqual([251n, 'too old']);
    expect(store.add(at(200, 10)).translate(200n)).toBe(10n);
    expect(store.add(at(20, 20)).translate(20n)).toBe(20n);
  });
  test('answers nothing until it has read all', () => {
    const store = new Mm2SyncStore().add(at(100, 200));
    expect(store.translate(200n)).toBe('none');
    expect([0n, 100n, 200n].map((home) => store.start().translate(home))).toEqual(['too old', 200n, 201n]);
  });
  test('maps beyond the end of a remote topic that was created anew, where ours does not answer', () => {
    const syncs = [at(100, 200), at(150, 251), at(200, 10)];
    expect(
      new Mm2SyncStore()
        .start()
        .add(...syncs)
        .translate(160n),
    ).toBe(252n);
    expect(ours(syncs, 160)).toBe('OLDER_THAN_ALL_SYNCS');
  });

  const newestOnly = () => new Mm2SyncStore('newest').add(...every(10, 0, 1000)).start();
  const whole = () => new Mm2SyncStore().add(...every(10, 0, 1000)).start();
  const toTenThousand = every(10, 1010, 10_000);
  test.each<[string, () => Mm2SyncStore, readonly (readonly [sync: number, before: number])[]]>([
    ['only the newest sync was kept at the start', newestOnly, [[1000, -1]]],
    [
      'only the newest was kept, and 9,000 records came since',
      () => newestOnly().add(...toTenThousand),
      [
        [1000, -1],
        [4840, 1000],
        [6760, 4840],
        [8680, 6760],
        [9160, 8680],
        [9640, 9160],
        [9880, 9640],
        [9940, 9880],
        [9970, 9940],
        [9990, 9970],
        [10_000, 9990],
      ],
    ],
    [
      'all retained syncs were loaded at the start',
      whole,
      [
        [480, 0],
        [720, 480],
        [1000, 990],
      ],
    ],
    [
      'all were loaded, and 9,000 records came since',
      () => whole().add(...toTenThousand),
      [
        [3840, 0],
        [7680, 3840],
        [8640, 7680],
        [9120, 8640],
        [9600, 9120],
        [9840, 9600],
        [9900, 9840],
        [9960, 9900],
        [9990, 9960],
        [10_000, 9990],
      ],
    ],
  ])('%s', (_story, build, rows) => {
    const store = build();
    for (const [sync, before] of rows) {
      const [s, q] = [BigInt(sync), BigInt(before)];
      expect([s - 1n, s, s + 1n, s + 2n].map((home) => store.translate(home))).toEqual([
        before < 0 ? 'too old' : q + 1n,
        s,
        s + 1n,
        s + 1n,
      ]);
    }
  });
  test('keeps all that fits: eight of the first hundred and one', () =>
    expect(storedOf(whole())).toBe('1000 990 960 900 840 720 480 0'));
  test('is cleared when the source goes back', () => {
    const store = newestOnly().add(...toTenThousand, at(1500, 11_000));
    expect([1499n, 1500n, 2000n].map((home) => store.translate(home))).toEqual(['too old', 11_000n, 11_001n]);
  });
  test.each([
    [10_000, '10000 9900 9800 9600 8800 8000 6400 0'],
    [1_000_000, '1000000 999900 999800 999600 999200 998400 995200 992000 985600 972800 921600 819200 614400 409600 0'],
  ])('with a sync every 100 records, at %i it stores %s', (end, expected) =>
    expect(storedOf(new Mm2SyncStore().start().add(...every(100, 0, end)))).toBe(expected),
  );
});

describe('beside it, ours', () => {
  const syncs = every(100, 0, 10_000);
  test('answers 6301 where MirrorMaker 2 answers 1', () => {
    expect(
      new Mm2SyncStore()
        .start()
        .add(...syncs)
        .translate(6399n),
    ).toBe(1n);
    expect(ours(syncs, 6399)).toBe(6301n);
  });
  test.each([
    ['behind a sync', [at(3, 4)], 10, 5n],
    ['far behind one', [at(7, 8)], 12, 9n],
    ['at a sync', [at(7, 8)], 7, 8n],
    ['no record was copied yet, and home has a commit', [], 7, null],
    ['the group has no commit at home', [at(3, 4)], null, null],
    ['a client stored -1 at home', [at(3, 4)], -1, null],
  ] as const)('says what its checkpoint says: %s', (_story, known, home, downstream) => {
    const group = home === null ? null : BigInt(home);
    expect(
      new Mm2SyncStore()
        .start()
        .add(...known)
        .checkpoint(group)?.downstream ?? null,
    ).toBe(downstream);
    const map = buildSyncMap(known, { history: 'complete', exactlyOnce: false });
    const answer = translateForward(map, group, {});
    expect(answer.kind === 'unknown' ? null : answer.position).toBe(downstream);
  });

  test('does not fall back while its checkpoint has to wait', () => {
    const copied = [at(11, 4), at(12, 5), at(13, 6), at(14, 7), at(15, 8), at(16, 9), at(17, 10)];
    const store = new Mm2SyncStore().start().add(...copied.slice(0, 2));
    const last = store.checkpoint(13n);
    expect(last).toEqual(at(13, 6));
    expect(store.add(...copied.slice(2, 6)).translate(13n)).toBe(6n);
    expect(store.add(...copied.slice(6)).translate(13n)).toBe(5n);
    expect([store.checkpoint(13n, last), store.checkpoint(12n, last)]).toEqual([null, at(12, 5)]);
    expect([ours(copied, 13), ours(copied, 12)]).toEqual([6n, 5n]);
  });
  test('answers after a restart what its checkpoint keeps back', () => {
    const before = every(100, 100, 300);
    const last = new Mm2SyncStore()
      .add(...before)
      .start()
      .checkpoint(250n);
    expect(last).toEqual(at(250, 201));
    const after = every(100, 175, 475);
    const store = new Mm2SyncStore().add(...after).start();
    expect(storedOf(store)).toBe('475 375 175');
    expect([250n, 370n].map((home) => store.translate(home))).toEqual([176n, 176n]);
    expect([250n, 370n].map((home) => store.checkpoint(home, last))).toEqual([null, null]);
    expect(store.checkpoint(400n, last)).toEqual(at(400, 376));
    expect([250, 370, 400].map((home) => ours([...before, ...after].toSorted(byUpstream), home))).toEqual([
      201n,
      301n,
      376n,
    ]);
  });
  test('over 10,000 records is never behind its checkpoints, which a restart never sets back nor ahead of the truth', () => {
    const flow = new FlowSimulator({ exactlyOnce: false, lagMax: 100n }).run([
      { do: 'produce', gapBefore: false, count: 10_000 },
      { do: 'copy', count: 10_000 },
      { do: 'flush' },
    ]);
    const restarted = new Mm2SyncStore().add(...flow.syncs).start();
    let last: ReturnType<typeof restarted.checkpoint> = null;
    for (let home = 250n; home <= 10_000n; home += 250n) {
      const next = restarted.checkpoint(home, last);
      expect(next?.downstream ?? 0n).toBeLessThanOrEqual(home);
      expect(next?.downstream ?? home).toBeGreaterThan(last?.downstream ?? -1n);
      last = next ?? last;
      expect(ours(flow.syncs, home)).toBeGreaterThanOrEqual(last?.downstream ?? 0n);
      expect(ours(flow.syncs, home)).toBeLessThanOrEqual(home);
    }
    expect(last).toEqual(at(10_000, 10_000));
  });

  const batch = fc.record({ gapBefore: fc.boolean(), count: fc.integer({ min: 1, max: 30 }), flush: fc.boolean() });
  test('over any flow that sends nothing again is as near or nearer, and never ahead of the truth', () => {
    const seen = { answers: 0, nearer: 0 };
    fc.assert(
      fc.property(
        fc.array(batch, { minLength: 1, maxLength: 15, size: 'max' }),
        fc.bigInt({ min: 0n, max: 20n }),
        fc.integer({ min: 0, max: 1000 }),
        (batches, lagMax, promille) => {
          const flow = new FlowSimulator({ exactlyOnce: false, lagMax });
          for (const { gapBefore, count, flush } of batches)
            flow.run([
              { do: 'produce', gapBefore, count },
              { do: 'copy', count },
              ...(flush ? [{ do: 'flush' } as const] : []),
            ]);
          const home = (flow.sourceEnd * BigInt(promille)) / 1000n;
          const theirs = new Mm2SyncStore()
            .start()
            .add(...flow.syncs)
            .translate(home);
          if (typeof theirs !== 'bigint') return;
          const mine = ours(flow.syncs, home);
          const truth = flow.copies.find(({ upstream }) => upstream >= home)?.downstream ?? flow.remoteEnd;
          expect(mine).toBeGreaterThanOrEqual(theirs);
          expect(mine).toBeLessThanOrEqual(truth);
          seen.answers += 1;
          if ((mine as bigint) > theirs) seen.nearer += 1;
        },
      ),
      { numRuns: 300, seed: 20261128 },
    );
    expect(seen.answers).toBeGreaterThan(250);
    expect(seen.nearer).toBeGreaterThan(30);
  });
});

describe("MirrorMaker 2's group sync, beside a seed that stands", () => {
  const map = buildSyncMap(every(100, 0, 10_000), { history: 'complete', exactlyOnce: false });
  const [home, checkpoint] = [6399n, 1n];
  const seed = (earlier?: bigint) =>
    chooseRemoteSeed({
      purpose: 'seed',
      mode: 'shared',
      map,
      homeSamples: [home],
      checkpoint: { upstream: home, downstream: checkpoint },
      ...(earlier === undefined ? {} : { earlierSeed: { position: earlier, forHomePosition: home } }),
      logStart: 0n,
      end: 10_001n,
    });
  test.each<[string, SyncedGroup, bigint | null, bigint, bigint | null]>([
    ['an empty group that stands before the checkpoint is moved on', 'empty', 100n, 101n, 101n],
    ['by one record as well', 'empty', 50n, 51n, 51n],
    ['an empty group that stands there stays', 'empty', 101n, 101n, 101n],
    ['an empty group that stands further on is not set back', 'empty', 102n, 101n, 102n],
    ['an empty group without a commit gets one', 'empty', null, 101n, 101n],
    ['a group that does not exist is created with the checkpoint', 'absent', null, 101n, 101n],
    ['a group with members is left alone: the broker refuses', 'active', 50n, 101n, 50n],
    ['a group that could not be looked at is set back', 'unseen', 500n, 101n, 101n],
  ])('%s', (_story, group, committed, theirs, expected) =>
    expect(afterGroupSync(group, committed, theirs)).toBe(expected),
  );
  test('a seed is further on than its checkpoint, so a group that was looked at keeps it', () =>
    expect(seed()).toMatchObject({ kind: 'commit', position: afterGroupSync('empty', 6301n, checkpoint) }));
  test('where it set a group back, the next seed is what it was', () => {
    expect(afterGroupSync('unseen', 6301n, checkpoint)).toBe(1n);
    expect(seed(6301n)).toMatchObject({ kind: 'commit', position: 6301n });
  });
});

const byUpstream = (a: SyncPoint, b: SyncPoint): number => Number(a.upstream - b.upstream);
