/** What two copies of one record have in common. */
import type { ClusterReader, LogRecord } from '../ports.ts';

/** Equal for two copies of one record: MirrorMaker 2 keeps time, key, value and headers. Lengths keep the parts apart. */
export const contentOf = ({ timestampMs, key, value, headers }: LogRecord): string =>
  [String(timestampMs), ...[key, value, headers].map((part) => textOf(part ?? null))].join(' ');

const textOf = (part: Buffer | null): string => (part === null ? '-' : `${part.length}:${part.toString('latin1')}`);

export const bytesOf = ({ key, value, headers }: LogRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + (headers?.length ?? 0);

/** Those of the topics whose records stand in a row: compaction takes some away and leaves others. @throws what the reader throws */
export async function uncompacted(reader: ClusterReader, topics: readonly string[]): Promise<ReadonlySet<string>> {
  const all = [...new Set(topics)];
  const settings = await reader.topicSettings(all, ['cleanup.policy']);
  return new Set(all.filter((topic) => settings.get(topic)?.['cleanup.policy'] === 'delete'));
}
