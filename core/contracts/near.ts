/** What somebody probably meant by a misspelt name. */

/** The nearest of `names` if few enough letters differ that it is likely the one that was meant. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const few = Math.max(1, Math.floor(word.length / 3));
  const best = names
    .filter((name) => Math.abs(name.length - word.length) <= few) // what was typed may be very long
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= few ? best.name : undefined;
}

/** The words for it behind a misspelt name, or none. @param dashes what stands before each name where people write it */
export function meant(word: unknown, names: readonly unknown[], dashes = ''): string {
  if (typeof word !== 'string') return '';
  const near = nearest(
    word,
    names.filter((name) => typeof name === 'string'),
  );
  return near === undefined ? '' : ` (did you mean "${dashes}${near}"?)`;
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let [beforeLast, last]: readonly number[][] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        row[j - 1]! + 1,
        last![j]! + 1,
        last![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwap ? beforeLast![j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last![b.length]!;
}
