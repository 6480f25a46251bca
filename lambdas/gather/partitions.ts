/** Small conversions between readings by partition and what tables keep. No judgement here. */
import type { ByPartition } from '../ports.ts';

export const at = <T>(readings: ByPartition<T>, topic: string, partition: number): T | undefined =>
  readings.get(topic)?.get(partition);

export const partitionsOf = <T>(readings: ByPartition<T>, topic: string): readonly number[] =>
  [...(readings.get(topic)?.keys() ?? [])].toSorted((a, b) => a - b);

/** Readings as a table item keeps them: topic -> partition -> value. */
export const stored = <T, U>(readings: ByPartition<T>, convert: (value: T) => U): Record<string, Record<string, U>> =>
  Object.fromEntries(
    [...readings].map(([topic, parts]) => [
      topic,
      Object.fromEntries([...parts].map(([p, value]) => [String(p), convert(value)])),
    ]),
  );

/** Runs a look and keeps the reason when it fails, so that one cluster out of reach does not blind us for the other. */
export async function look<T>(what: string, problems: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 300));
    return undefined;
  }
}

/** Results in the order of `items`, at most `atOnce` at a time. The first failure is the answer. */
export async function mapInBatches<T, U>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<U>,
): Promise<readonly U[]> {
  const results: U[] = [];
  for (let i = 0; i < items.length; i += atOnce)
    results.push(...(await Promise.all(items.slice(i, i + atOnce).map(work))));
  return results;
}

/** Reads of one cluster at a time: enough to hide the round trips, few enough not to disturb its clients. */
export const READS_AT_ONCE = 8;
