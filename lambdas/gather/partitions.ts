/** Small conversions between readings by partition and what tables keep. No judgement here. */
import type { ByPartition } from '../ports.ts';

export const at = <T>(readings: ByPartition<T>, topic: string, partition: number): T | undefined => readings.get(topic)?.get(partition);

export const partitionsOf = <T>(readings: ByPartition<T>, topic: string): readonly number[] =>
  [...(readings.get(topic)?.keys() ?? [])].toSorted((a, b) => a - b);

/** Readings as a table item keeps them: topic -> partition -> value. */
export const stored = <T, U>(readings: ByPartition<T>, convert: (value: T) => U): Record<string, Record<string, U>> =>
  Object.fromEntries([...readings].map(([topic, parts]) => [topic, Object.fromEntries([...parts].map(([p, value]) => [String(p), convert(value)]))]));

/** Runs a look and keeps the reason when it fails, so that one cluster out of reach does not blind us for the other. */
export async function look<T>(what: string, problems: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 300));
    return undefined;
  }
}
