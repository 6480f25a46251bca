/** What silence of producers may be taken for, over generated days. A failure prints its seed; `MM2F_PROPERTY_SEED=<seed>` repeats it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  judgeEndsLeft,
  missingProducers,
  producersGone,
  sourceStoodStill,
  type EndsSeen,
} from '../../../core/routing/producers.ts';

const numRuns = Number(process.env['MM2F_PROPERTY_RUNS'] ?? 1000);
const seed = process.env['MM2F_PROPERTY_SEED'];
const cases = { numRuns, ...(seed !== undefined && { seed: Number(seed) }) };

const TOPICS = ['orders', 'payments'] as const;
const PARTITIONS = 2;
/** Log ends have to stand still for so long. */
const WINDOW_SECONDS = 5;
const WINDOW_MS = WINDOW_SECONDS * 1000;

/** A second of the day: somebody writes, and after that somebody looks. */
const second = fc.record({
  writes: fc.array(fc.record({ topic: fc.constantFrom(...TOPICS), partition: fc.nat(PARTITIONS - 1) }), {
    maxLength: 2,
  }),
  look: fc.oneof(
    { weight: 12, arbitrary: fc.constant('whole') },
    { weight: 1, arbitrary: fc.constantFrom('none', 'failed', 'one topic', 'no partitions') },
  ),
});
type Second = typeof second extends fc.Arbitrary<infer T> ? T : never;
/** Mostly quiet, so that silence is met and broken. */
const quiet = second.map(({ look }): Second => ({ writes: [], look }));
const day = fc.array(fc.oneof({ weight: 6, arbitrary: quiet }, { weight: 1, arbitrary: second }), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
});

type Ends = ReadonlyMap<string, ReadonlyMap<number, { readonly highWatermark: bigint }>>;

interface Look {
  readonly atMs: number;
  readonly ends: Ends | undefined;
  /** When a record was written last, before this look. */
  readonly lastWriteMs: number;
  readonly isWhole: boolean;
}

/** Time begins with a record at 0; looks are made in the middle of a second, writes at its begin. */
function looksOf(seconds: readonly Second[]): readonly Look[] {
  const ends = new Map(TOPICS.map((topic) => [topic, Array.from({ length: PARTITIONS }, () => 1n)]));
  let lastWriteMs = 0;
  return seconds.flatMap(({ writes, look }, at): readonly Look[] => {
    for (const { topic, partition } of writes) {
      ends.get(topic)![partition]! += 1n;
      lastWriteMs = (at + 1) * 1000;
    }
    if (look === 'none') return [];
    const shown = [...ends]
      .filter(([topic]) => look !== 'one topic' || topic === 'orders')
      .map(
        ([topic, of]) =>
          [
            topic,
            new Map(look === 'no partitions' ? [] : of.map((highWatermark, p) => [p, { highWatermark }] as const)),
          ] as const,
      );
    const told = look === 'failed' ? undefined : new Map(shown);
    return [{ atMs: (at + 1) * 1000 + 500, ends: told, lastWriteMs, isWhole: look === 'whole' }];
  });
}

const textOf = (ends: Ends | undefined) =>
  ends === undefined
    ? undefined
    : Object.fromEntries(
        [...ends].map(([topic, of]) => [
          topic,
          Object.fromEntries(
            [...of].map(([p, { highWatermark: end }]) => [
              String(p),
              { start: '0', highWatermark: String(end), lastStable: String(end) },
            ]),
          ),
        ]),
      );

/** What a waiting step learns, look by look. */
function learned(looks: readonly Look[]) {
  let before: EndsSeen | undefined;
  return looks.map((look) => {
    const asked = { topics: TOPICS, cluster: 'K1', nowMs: look.atMs, silentSeconds: WINDOW_SECONDS, before };
    const { seen, endsLeft } = look.ends === undefined ? UNREAD : judgeEndsLeft({ ...asked, ends: look.ends });
    before = seen;
    return { ...look, endsLeft };
  });
}
const UNREAD = { seen: undefined, endsLeft: { kind: 'unknown', because: 'K1 could not be read' } } as const;

const wait = { phase: 'draining', target: 'everyone', heardOf: 0, behind: [], assumeAfterSeconds: undefined } as const;

describe('a producer that wrote within the window never counts as gone', () => {
  test('to a step that waits and looks', () => {
    fc.assert(
      fc.property(day, (seconds) => {
        for (const { atMs, lastWriteMs, isWhole, endsLeft } of learned(looksOf(seconds))) {
          const isGone = missingProducers({ ...wait, endsLeft, waitedMs: atMs }).length === 0;
          if (isGone && atMs - lastWriteMs < WINDOW_MS) throw new Error(`gone at ${atMs}, wrote at ${lastWriteMs}`);
          if (!isWhole && endsLeft.kind !== 'unknown')
            throw new Error(`${endsLeft.kind} at ${atMs}, where not all was told`);
        }
      }),
      cases,
    );
  });

  test('to a drain that has the looks of others', () => {
    fc.assert(
      fc.property(day, (seconds) => {
        const looks = looksOf(seconds);
        const stored = looks.map(({ atMs, ends }) => ({ atMs, sourceEnds: textOf(ends) }));
        const isStill = sourceStoodStill(stored, TOPICS, { sinceMs: 0, forMs: WINDOW_MS });
        const newest = looks.findLast(({ isWhole }) => isWhole);
        if (newest === undefined || newest.atMs - newest.lastWriteMs < WINDOW_MS) expect(isStill).toBe(false);
        expect(
          producersGone({
            acknowledged: 'nobody-heard-of',
            homeStoodStill: isStill,
            sincePublishedMs: 60_000,
            assumeAfterSeconds: undefined,
          }),
        ).toBe(isStill ? 'moved' : 'unknown');
      }),
      cases,
    );
  });

  test('and silence is met, so that the properties speak of something', () => {
    const met = { still: 0, growing: 0, unknown: 0 };
    for (const seconds of fc.sample(day, { numRuns: 200, seed: 1 }))
      for (const { endsLeft } of learned(looksOf(seconds))) met[endsLeft.kind] += 1;
    expect(Math.min(met.still, met.growing, met.unknown)).toBeGreaterThan(100);
  });
});
