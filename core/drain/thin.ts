/** Keeps the memory of a long drain small without losing sight of a stall. */

/** At most this many samples are kept of one partition. */
export const MAX_SAMPLES = 12;
/** A sample as a table item stores it: six short fields and their names. */
const SAMPLE_BYTES = 160;
/** All samples of a stage share one table item of at most 400 KB with keys, fences and sentences. */
const ITEM_BYTES = 320_000;
/** The newest ones are kept whole: "unchanged over two samples" is judged on them. */
const WHOLE = 4;

/** How many samples each of `histories` histories may keep: 12 of up to 166, 2 of 1,000. Two are what a verdict needs. */
export const samplesPerHistory = (histories: number): number =>
  Math.min(MAX_SAMPLES, Math.max(2, Math.floor(ITEM_BYTES / SAMPLE_BYTES / Math.max(1, histories))));

/**
 * Samples oldest first. While nothing changed only the first and the last of the equal ones say something; the older
 * ones are kept at least `spanMs / 6` apart, so that the whole span stays covered.
 */
export function thin<S extends { readonly atMs: number }>(
  samples: readonly S[],
  spanMs: number,
  most = MAX_SAMPLES,
): readonly S[] {
  const telling = samples.filter((sample, i) => !(same(samples[i - 1], sample) && same(sample, samples[i + 1])));
  const whole = telling.slice(-Math.min(WHOLE, most));
  const older = telling.slice(0, telling.length - whole.length);
  const kept: S[] = [];
  for (const sample of older) {
    const before = kept.at(-1);
    if (before === undefined || sample.atMs - before.atMs >= spanMs / 6) kept.push(sample);
  }
  return [...kept, ...whole].slice(-most);
}

/** Equal but for the time. */
const same = <S extends { readonly atMs: number }>(a: S | undefined, b: S | undefined): boolean =>
  JSON.stringify({ ...a, atMs: 0 }) === JSON.stringify({ ...b, atMs: 0 });
