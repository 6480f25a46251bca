/** Keeps the memory of a long drain small without losing sight of a stall. */

/** At most this many samples are kept of one partition: 12 x 150 bytes x 200 partitions stay below the 400 KB of a table item. */
export const MAX_SAMPLES = 12;
/** The newest ones are kept whole: "unchanged over two samples" is judged on them. */
const WHOLE = 4;

/** Samples oldest first; the older ones are kept at least `spanMs / 6` apart, so that the whole span stays covered. */
export function thin<S extends { readonly atMs: number }>(samples: readonly S[], spanMs: number): readonly S[] {
  const whole = samples.slice(-WHOLE);
  const older = samples.slice(0, -WHOLE);
  const kept: S[] = [];
  for (const sample of older) {
    const before = kept.at(-1);
    if (before === undefined || sample.atMs - before.atMs >= spanMs / 6) kept.push(sample);
  }
  return [...kept.slice(-(MAX_SAMPLES - WHOLE)), ...whole];
}
