/**
 * The promise of core/positions over generated histories of a flow, against known truth: nothing is skipped, and no
 * bound that was stated is exceeded. `npm run test:nightly` asks 100,000 cases each; MM2F_PROPERTY_SEED repeats a run.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeBoundary } from '../../core/positions/boundary.ts';
import { judgeCopies } from '../../core/positions/content.ts';
import { translateForward } from '../../core/positions/forward.ts';
import { translateInverse, type FoundCopies } from '../../core/positions/inverse.ts';
import { provenFrom, syncsToProve } from '../../core/positions/proof.ts';
import { chooseRestore } from '../../core/positions/restore.ts';
import { chooseRemoteSeed, type EarlierSeed } from '../../core/positions/seed.ts';
import { KeptSyncs, MOST_SYNCS } from '../../core/positions/kept-syncs.ts';
import { processedSince } from '../../core/positions/stay.ts';
import { buildSyncMap, type SyncMap } from '../../core/positions/sync-map.ts';
import { FlowSimulator, type FlowEvent, type FlowRules } from '../support/flow-simulator.ts';

const numRuns = Number(process.env['MM2F_PROPERTY_RUNS'] ?? 5000);
const seed = Number(process.env['MM2F_PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const timeoutMs = 20_000 + numRuns * 10;

const count = fc.integer({ min: 1, max: 12 });
const flowEvent: fc.Arbitrary<FlowEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('produce' as const),
      gapBefore: fc.boolean(),
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('copy' as const), count }) },
  { weight: 1, arbitrary: fc.constant({ do: 'flush' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), arrived: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);
const share = fc.integer({ min: 0, max: 1000 }).map((promille) => promille / 1000);
const story = fc.noBias(
  fc.record({
    rules: fc.record({
      exactlyOnce: fc.boolean(),
      lagMax: fc.bigInt({ min: 0n, max: 20n }),
      underWay: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      /** Kept of a partition: with few of them those of long ago are thinned out. */
      mostSyncs: fc.constantFrom(MOST_SYNCS, 16, 8),
    }) satisfies fc.Arbitrary<FlowRules>,
    events: fc.array(flowEvent, { minLength: 1, maxLength: 40, size: 'max' }),
    later: fc.array(flowEvent, { maxLength: 12, size: 'max' }),
    pickC: share,
    pickD: share,
    earlier: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 15n })),
  }),
);
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

const pick = (part: number, from: bigint, to: bigint): bigint => from + BigInt(Math.round(part * Number(to - from)));
/** As the reader of syncs keeps them. */
const mapOf = (flow: FlowSimulator, { exactlyOnce, mostSyncs }: Story['rules']): SyncMap => {
  const kept = new KeptSyncs(mostSyncs);
  for (const sync of flow.syncs) kept.add(sync);
  return buildSyncMap(kept.syncs, { history: kept.isWhole ? 'complete' : 'incomplete', exactlyOnce });
};
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Runs a story up to the loss of the source and chooses C, S and d in it. */
function failOver({ rules, events, pickC, pickD, earlier }: Story) {
  const flow = new FlowSimulator(rules).run(events);
  const map = mapOf(flow, rules);
  const committed = pick(pickC, 0n, flow.sourceEnd);
  const forward = translateForward(map, committed, { logStart: 0n, end: flow.remoteEnd });
  const seed = forward.kind === 'unknown' ? 0n : max(0n, forward.position - earlier);
  const drained = pick(pickD, seed, flow.remoteEnd);
  return { flow, map, committed, forward, seed, drained };
}

const hold = (property: (story: Story) => void): void => {
  fc.assert(fc.property(story, property), { numRuns, seed });
};

test('how many cases are generated, and by which seed, is told', () => {
  process.stdout.write(`positions: ${numRuns} generated cases each, MM2F_PROPERTY_SEED=${seed}\n`);
  expect(numRuns).toBeGreaterThan(0);
});

/** Copies that a group which starts at `position` neither reads nor had processed at home. */
const skippedBy = (flow: FlowSimulator, committed: bigint, position: bigint): readonly bigint[] => {
  const read = new Set(flow.copies.filter((copy) => copy.downstream >= position).map((copy) => copy.upstream));
  return flow.copies.filter((c) => c.upstream >= committed && !read.has(c.upstream)).map((c) => c.upstream);
};

describe('over generated flows with gaps, restarts cut short, markers and any lag limit', () => {
  test(
    'the forward answer skips no record that was copied and not processed',
    () => {
      hold((one) => {
        const { flow, committed, forward } = failOver(one);
        if (forward.kind === 'unknown') return;
        expect(skippedBy(flow, committed, forward.position)).toEqual([]);
      });
    },
    timeoutMs,
  );

  test(
    'the forward answer repeats no more than it says',
    () => {
      hold((one) => {
        const { flow, committed, forward } = failOver(one);
        if (forward.kind === 'unknown') return;
        const repeated = flow.copies.filter((copy) => copy.downstream >= forward.position && copy.upstream < committed);
        expect(forward.rereadAtMost).not.toBe('unknown');
        expect(BigInt(repeated.length)).toBeLessThanOrEqual(forward.rereadAtMost as bigint);
      });
    },
    timeoutMs,
  );

  test(
    'a group further on at home never starts further back',
    () => {
      hold((one) => {
        const { flow, map, committed, forward } = failOver(one);
        const next = translateForward(map, committed + 1n, { logStart: 0n, end: flow.remoteEnd });
        if (forward.kind === 'unknown') return;
        expect(next.kind).not.toBe('unknown');
        if (next.kind !== 'unknown') expect(next.position).toBeGreaterThanOrEqual(forward.position);
      });
    },
    timeoutMs,
  );

  test(
    'the inverse answer skips nothing, also when the flow has gone on since',
    () => {
      hold((one) => {
        const { flow, map, committed, seed, drained } = failOver(one);
        const done = new Set(
          flow.copies.filter((c) => c.downstream >= seed && c.downstream < drained).map((c) => c.upstream),
        );
        const question = { homeCommit: committed, seed, drained };
        const answers = [translateInverse(map, question)];
        const later = mapOf(flow.run([{ do: 'crash' }, ...one.later]), one.rules);
        answers.push(translateInverse(later, question));
        for (const { position } of answers) {
          const skipped = flow.source.filter((offset) => offset < position && offset >= committed && !done.has(offset));
          expect(skipped).toEqual([]);
        }
      });
    },
    timeoutMs,
  );

  test(
    'the inverse answer repeats no more than it says',
    () => {
      hold((one) => {
        const { flow, map, committed, seed, drained } = failOver(one);
        const answer = translateInverse(map, { homeCommit: committed, seed, drained });
        const repeated = flow.copies.filter(
          (c) => c.downstream >= seed && c.downstream < drained && c.upstream >= answer.position,
        );
        expect(BigInt(repeated.length)).toBeLessThanOrEqual(answer.reprocessAtMost as bigint);
      });
    },
    timeoutMs,
  );

  test(
    'the inverse of the seed is never beyond the position it was made for',
    () => {
      hold((one) => {
        const { map, committed, seed } = failOver(one);
        expect(translateInverse(map, { homeCommit: committed, seed, drained: seed }).position).toBeLessThanOrEqual(
          committed,
        );
      });
    },
    timeoutMs,
  );

  test(
    'pin and restore together: every record is processed at home, at the refuge, or still to come at home',
    () => {
      hold((one) => {
        const { flow, map, committed, pickSeed } = { ...failOver(one), pickSeed: one.pickD };
        const end = flow.remoteEnd;
        const pin = chooseRemoteSeed({
          purpose: 'pin',
          mode: 'shared',
          map,
          homeSamples: [committed],
          logStart: 0n,
          end,
        });
        if (pin.kind !== 'commit') throw new Error(`a pin must answer, got ${pin.kind}`);
        const drained = pick(pickSeed, pin.position, end);
        const restore = chooseRestore({
          map,
          homeCommitAtFailover: committed,
          homeCommitNow: committed,
          seed: pin.position,
          drained,
          storedRestore: null,
          logStart: 0n,
          end: flow.sourceEnd,
          incarnation: 'same',
          rebuiltHome: false,
        });
        if (restore.kind === 'refuse') throw new Error(`refused: ${restore.reason}`);
        const done = new Set(
          flow.copies.filter((c) => c.downstream >= pin.position && c.downstream < drained).map((c) => c.upstream),
        );
        expect(flow.source.filter((u) => u >= committed && !done.has(u) && u < restore.position)).toEqual([]);
        expect(restore.position).toBeGreaterThanOrEqual(committed);
      });
    },
    timeoutMs,
  );
});

/** Which syncs a reader still finds: compaction leaves the newest of a part, a window or a loss takes others. */
const holes = fc.record({
  compactedUpTo: share,
  lost: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }),
});
type Holes = typeof holes extends fc.Arbitrary<infer T> ? T : never;

function withHoles(flow: FlowSimulator, rules: FlowRules, { compactedUpTo, lost }: Holes): SyncMap {
  const newestOfCompacted = Math.round(compactedUpTo * flow.syncs.length) - 1;
  const left = flow.syncs.filter((_, index) => index >= newestOfCompacted && !lost.includes(index));
  const isComplete = left.length === flow.syncs.length;
  return buildSyncMap(left, { history: isComplete ? 'complete' : 'incomplete', exactlyOnce: rules.exactlyOnce });
}

/** As the gathering of a seed does it, with the whole remote log for a window. */
function proveByContent(flow: FlowSimulator, map: SyncMap, home: bigint): SyncMap {
  const window = flow.copies.map(({ upstream, downstream }) => ({ downstream, content: `${upstream}` }));
  for (const sync of syncsToProve(map, home)) {
    const { kind } = judgeCopies(window, sync.downstream);
    const proven = kind === 'first' || kind === 'resent' ? provenFrom(map, sync, home) : undefined;
    if (proven !== undefined) return proven;
  }
  return map;
}

describe('with syncs missing from the history', () => {
  const withMissing = (property: (story: Story, holes: Holes) => void): void => {
    fc.assert(fc.property(story, holes, property), { numRuns, seed });
  };
  const answer = (one: Story, missing: Holes) => {
    const { flow, committed } = failOver(one);
    const map = withHoles(flow, one.rules, missing);
    const proven = proveByContent(flow, map, committed);
    return {
      flow,
      map,
      committed,
      forward: translateForward(proven, committed, { logStart: 0n, end: flow.remoteEnd }),
    };
  };

  test(
    'an answer, proven by content where it had to be, skips no record',
    () => {
      withMissing((one, missing) => {
        const { flow, committed, forward } = answer(one, missing);
        if (forward.kind !== 'unknown') expect(skippedBy(flow, committed, forward.position)).toEqual([]);
      });
    },
    timeoutMs,
  );

  test(
    'a proof stays when the flow and the group go on',
    () => {
      withMissing((one, missing) => {
        const { flow, map, committed } = answer(one, missing);
        const proven = syncsToProve(map, committed).find(({ downstream }) => {
          const window = flow.copies.map((copy) => ({ downstream: copy.downstream, content: `${copy.upstream}` }));
          return ['first', 'resent'].includes(judgeCopies(window, downstream).kind);
        });
        if (proven === undefined) return;
        const before = flow.syncs.length;
        flow.run([{ do: 'crash' }, ...one.later]);
        const later = buildSyncMap([...map.points, ...flow.syncs.slice(before)], {
          history: map.history,
          exactlyOnce: one.rules.exactlyOnce,
        });
        const next = pick(one.pickD, committed, flow.sourceEnd);
        const sliced = provenFrom(later, proven, next);
        if (sliced === undefined) return;
        const forward = translateForward(sliced, next, { logStart: 0n, end: flow.remoteEnd });
        if (forward.kind !== 'unknown') expect(skippedBy(flow, next, forward.position)).toEqual([]);
      });
    },
    timeoutMs,
  );

  test(
    'the inverse answer skips nothing either',
    () => {
      withMissing((one, missing) => {
        const { flow, committed, seed: start, drained } = failOver(one);
        const { position } = translateInverse(withHoles(flow, one.rules, missing), {
          homeCommit: committed,
          seed: start,
          drained,
        });
        const done = new Set(
          flow.copies.filter((c) => c.downstream >= start && c.downstream < drained).map((c) => c.upstream),
        );
        expect(flow.source.filter((u) => u < position && u >= committed && !done.has(u))).toEqual([]);
      });
    },
    timeoutMs,
  );

  test('most answers that missing syncs would forbid are proven, and without a proof some would skip', () => {
    const seen = { forbidden: 0, proven: 0, wouldSkip: 0 };
    fc.assert(
      fc.property(story, holes, (one, missing) => {
        const { flow, map, committed, forward } = answer(one, missing);
        const plain = translateForward(map, committed, { end: flow.remoteEnd });
        if (plain.kind !== 'unknown' || plain.reason !== 'INCOMPLETE_HISTORY') return;
        seen.forbidden += 1;
        if (forward.kind !== 'unknown') seen.proven += 1;
        const accepted = translateForward(map, committed, { end: flow.remoteEnd, incompleteHistory: 'accept' });
        if (accepted.kind !== 'unknown' && skippedBy(flow, committed, accepted.position).length > 0)
          seen.wouldSkip += 1;
      }),
      { numRuns: 3000, seed: 20261128 },
    );
    expect(seen.forbidden).toBeGreaterThan(500);
    expect(seen.proven / seen.forbidden).toBeGreaterThan(0.75);
    expect(seen.wouldSkip).toBeGreaterThan(5);
  });
});

test(
  'whichever syncs never arrived, an answer skips no record and repeats no more than it says',
  () => {
    fc.assert(
      fc.property(story, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 20 }), (one, lost) => {
        const { flow, committed } = failOver(one);
        const arrived = flow.syncs.filter((_, index) => !lost.includes(index));
        const map = buildSyncMap(arrived, { history: 'complete', exactlyOnce: one.rules.exactlyOnce });
        const forward = translateForward(map, committed, { logStart: 0n, end: flow.remoteEnd });
        if (forward.kind === 'unknown') return;
        expect(skippedBy(flow, committed, forward.position)).toEqual([]);
        const repeated = flow.copies.filter((copy) => copy.downstream >= forward.position && copy.upstream < committed);
        expect(BigInt(repeated.length)).toBeLessThanOrEqual(forward.rereadAtMost as bigint);
      }),
      { numRuns, seed },
    );
  },
  timeoutMs,
);

/** What both logs look like to who compares them. */
const looks = fc.record({
  /** So many different records there are; 0 = each is another one. */
  kinds: fc.constantFrom(0, 0, 0, 2, 5, 11, 30),
  /** The window at the source begins at or before the copies' own records, and ends where the log does. */
  from: share,
});
type Looks = typeof looks extends fc.Arbitrary<infer T> ? T : never;

/** As the gathering of a restore does it. */
function findByContent(flow: FlowSimulator, look: Looks, seed: bigint, drained: bigint): FoundCopies {
  const contentOf = (upstream: bigint) => (look.kinds === 0 ? `${upstream}` : `${upstream % BigInt(look.kinds)}`);
  const before = (offset: bigint) => {
    const copies = flow.copies.filter(({ downstream }) => downstream < offset);
    const oldest = copies.slice(-3).reduce((min, { upstream }) => (upstream < min ? upstream : min), flow.sourceEnd);
    const from = pick(look.from, 0n, oldest);
    const verdict = judgeBoundary(
      copies.map(({ upstream, downstream }) => ({ downstream, content: contentOf(upstream) })),
      flow.source
        .filter((upstream) => upstream >= from)
        .map((upstream) => ({ upstream, content: contentOf(upstream), isCommitted: true })),
    );
    return verdict.kind === 'exact' ? [verdict.point] : [];
  };
  const [last] = before(drained);
  return { atSeed: [...before(seed), ...before(seed + 1n)], ...(last !== undefined && { last }) };
}

describe('with what both logs tell by content', () => {
  const compared = (property: (story: Story, holes: Holes, look: Looks) => void): void => {
    fc.assert(fc.property(story, holes, looks, property), { numRuns, seed });
  };
  const back = (one: Story, missing: Holes, look: Looks) => {
    const { flow, committed, seed: start, drained } = failOver(one);
    const map = withHoles(flow, one.rules, missing);
    const found = findByContent(flow, look, start, drained);
    const question = { homeCommit: committed, seed: start, drained };
    const stay = flow.copies.filter((c) => c.downstream >= start && c.downstream < drained);
    const [plain, answer] = [translateInverse(map, question), translateInverse(map, { ...question, found })];
    return { flow, map, committed, stay, plain, answer };
  };

  test(
    'the inverse answer skips nothing, whatever syncs are missing',
    () => {
      compared((one, missing, look) => {
        const { flow, committed, stay, answer } = back(one, missing, look);
        const done = new Set(stay.map(({ upstream }) => upstream));
        expect(flow.source.filter((u) => u < answer.position && u >= committed && !done.has(u))).toEqual([]);
      });
    },
    timeoutMs,
  );

  test(
    'it repeats no more than it says, and is never behind what syncs alone say',
    () => {
      compared((one, missing, look) => {
        const { stay, plain, answer } = back(one, missing, look);
        const repeated = stay.filter(({ upstream }) => upstream >= answer.position);
        expect(BigInt(repeated.length)).toBeLessThanOrEqual(answer.reprocessAtMost as bigint);
        expect(answer.position).toBeGreaterThanOrEqual(plain.position);
      });
    },
    timeoutMs,
  );

  test(
    'without it, and with syncs missing, no more is repeated than is said either',
    () => {
      compared((one, missing, look) => {
        const { stay, plain } = back(one, missing, look);
        const repeated = stay.filter(({ upstream }) => upstream >= plain.position);
        expect(BigInt(repeated.length)).toBeLessThanOrEqual(plain.reprocessAtMost as bigint);
      });
    },
    timeoutMs,
  );

  test('more answers are exact than by syncs alone, and equal records are met', () => {
    const seen = { exact: 0, exactBySyncs: 0, further: 0, alike: 0 };
    fc.assert(
      fc.property(story, holes, looks, (one, missing, look) => {
        const { plain, answer } = back(one, missing, look);
        if (answer.kind === 'exact') seen.exact += 1;
        if (plain.kind === 'exact') seen.exactBySyncs += 1;
        if (answer.position > plain.position) seen.further += 1;
        if (look.kinds > 0 && answer.position > plain.position) seen.alike += 1;
      }),
      { numRuns: 1000, seed: 20261128 },
    );
    expect(seen.exact).toBeGreaterThan(seen.exactBySyncs);
    expect(seen.further).toBeGreaterThan(50);
    expect(seen.alike).toBeGreaterThan(3);
  });
});

describe('over a stay in which home is lost again on the way back, and the stay after it', () => {
  const through = (one: Story, isRestored: boolean) => {
    const first = failOver(one);
    const { flow, committed, seed, drained } = first;
    const done = new Set(first.flow.source.filter((u) => u < committed));
    const read = (from: bigint, to: bigint) => {
      for (const { upstream, downstream } of flow.copies) if (downstream >= from && downstream < to) done.add(upstream);
    };
    const restore = (c: bigint, s: bigint | null, d: bigint, storedRestore: bigint | null) => {
      const [map, end] = [mapOf(flow, one.rules), flow.sourceEnd];
      const at = { homeCommitAtFailover: c, homeCommitNow: c, seed: s, drained: d, storedRestore };
      const choice = chooseRestore({ map, ...at, logStart: 0n, end, incarnation: 'same', rebuiltHome: false });
      if (choice.kind === 'refuse') throw new Error(`refused: ${choice.reason}`);
      return choice.position;
    };
    const pin = (home: bigint, earlierSeed: EarlierSeed) => {
      const [map, end] = [mapOf(flow, one.rules), flow.remoteEnd];
      const choice = chooseRemoteSeed({
        ...{ purpose: 'pin', mode: 'shared', map, homeSamples: [home], logStart: 0n, end },
        earlierSeed,
      });
      if (choice.kind !== 'commit') throw new Error(`a pin must answer, got ${choice.kind}`);
      return choice.position;
    };
    const skippedBefore = (position: bigint) => flow.source.filter((u) => u < position && !done.has(u));
    /** Copied, not done, and not going to be read: lost at the refuge until home's position says otherwise. */
    const unread = (from: bigint) => {
      const ahead = new Set(flow.copies.filter((c) => c.downstream >= from).map((c) => c.upstream));
      return flow.copies.filter(({ upstream }) => !done.has(upstream) && !ahead.has(upstream));
    };
    read(seed, drained);
    flow.run([{ do: 'crash' }, ...one.later]);
    const restored = isRestored ? restore(committed, seed, drained, null) : null;
    const again = pin(restored ?? committed, { position: drained, forHomePosition: committed });
    const stood = { seed: String(again), processed: { from: String(seed), to: String(drained) } };
    return { flow, done, read, restore, pin, skippedBefore, unread, restored, again, stood, first };
  };

  test.each([false, true])(
    'the second failover skips nothing that was copied, and the way home skips nothing (restored before: %s)',
    (isRestored) => {
      hold((one) => {
        const { flow, read, restore, pin, skippedBefore, unread, restored, again, stood, first } = through(
          one,
          isRestored,
        );
        expect(unread(again)).toEqual([]);
        const drained = pick(one.pickC, again, flow.remoteEnd);
        read(again, drained);
        const home = restore(restored ?? first.committed, processedSince(stood), drained, restored);
        expect(skippedBefore(home)).toEqual([]);
        // At home for good; the next stay goes on from d.
        flow.run(one.later);
        const next = pin(home, { position: drained, forHomePosition: home });
        expect(unread(next)).toEqual([]);
        const last = pick(one.pickD, next, flow.remoteEnd);
        read(next, last);
        expect(skippedBefore(restore(home, next, last, null))).toEqual([]);
      });
    },
    timeoutMs,
  );
});

test('the generated flows contain what makes translation hard: cut re-sends, markers, untranslatable and exact answers', () => {
  const seen = { cutResend: 0, unknown: 0, exact: 0, bounded: 0, anchored: 0 };
  fc.assert(
    fc.property(story, (one) => {
      const { map, committed, forward, seed, drained } = failOver(one);
      seen[forward.kind] += 1;
      if (forward.notes.includes('RESEND_NOT_TRUSTED')) seen.cutResend += 1;
      if (translateInverse(map, { homeCommit: committed, seed, drained }).kind !== 'home-commit') seen.anchored += 1;
    }),
    { numRuns: 1000, seed: 20261122 },
  );
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20);
});
