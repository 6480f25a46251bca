/**
 * The promise of core/positions over generated histories of a flow, against known truth: nothing is skipped, and no
 * bound that was stated is exceeded. MM2F_PROPERTY_RUNS sets the number of cases (nightly: 100000).
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { translateForward } from '../../core/positions/forward.ts';
import { translateInverse } from '../../core/positions/inverse.ts';
import { chooseRestore } from '../../core/positions/restore.ts';
import { chooseRemoteSeed } from '../../core/positions/seed.ts';
import { buildSyncMap, type SyncMap } from '../../core/positions/sync-map.ts';
import { FlowSimulator, type FlowEvent, type FlowRules } from '../support/flow-simulator.ts';

const numRuns = Number(process.env['MM2F_PROPERTY_RUNS'] ?? 5000);
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
  { weight: 2, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);
const share = fc.integer({ min: 0, max: 1000 }).map((promille) => promille / 1000);
const story = fc.noBias(
  fc.record({
    rules: fc.record({
      exactlyOnce: fc.boolean(),
      lagMax: fc.bigInt({ min: 0n, max: 20n }),
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
const mapOf = (flow: FlowSimulator, { exactlyOnce }: FlowRules): SyncMap =>
  buildSyncMap(flow.syncs, { history: 'complete', exactlyOnce });
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
  fc.assert(fc.property(story, property), { numRuns });
};

describe('over generated flows with gaps, restarts cut short, markers and any lag limit', () => {
  test(
    'the forward answer skips no record that was copied and not processed',
    () => {
      hold((one) => {
        const { flow, committed, forward } = failOver(one);
        if (forward.kind === 'unknown') return;
        const readAgainOrFirst = new Set(
          flow.copies.filter((copy) => copy.downstream >= forward.position).map((copy) => copy.upstream),
        );
        const skipped = flow.copies.filter(
          (copy) => copy.upstream >= committed && !readAgainOrFirst.has(copy.upstream),
        );
        expect(skipped).toEqual([]);
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
