/** What is known of home when its positions are restored. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { HomeSample, PositionRecord } from '../../core/contracts/tables.ts';
import type { ByPartition, Ends, Ports } from '../ports.ts';

export interface RestoredHome {
  readonly clusterId: string;
  readonly records: readonly PositionRecord[];
  /** Topics with a partition whose log is another one. */
  readonly renewed: readonly string[];
  readonly ends: ByPartition<Ends>;
}

/**
 * The last sample is of the day on which home was left, and home may be lost again before the next one is taken: a pin by it
 * would lead the groups back to where they stood then, through everything they have processed since.
 */
export async function sampleRestored(
  { control, clock }: Pick<Ports, 'control' | 'clock'>,
  placed: PlacedSet,
  { clusterId, records, renewed, ends }: RestoredHome,
): Promise<void> {
  const atMs = clock.nowMs();
  const before = await control.homeSamples(placed.name);
  for (const { group, topic, partitions } of records) {
    const last = before.find((one) => one.group === group && one.topic === topic && one.clusterId === clusterId);
    const sample: HomeSample = { group, topic, atMs, clusterId, partitions: {} };
    for (const [partition, { restore }] of Object.entries(partitions)) {
      const at = ends.get(topic)?.get(Number(partition));
      if (at !== undefined)
        sample.partitions[partition] = { committed: restore, start: String(at.start), end: String(at.highWatermark) };
    }
    const { recent } = renewed.includes(topic) ? {} : (last ?? {});
    await control.putHomeSample(placed.name, { ...sample, ...(recent && { recent }) });
  }
}
