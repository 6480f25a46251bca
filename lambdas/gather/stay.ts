/** The stay at the refuge that goes on when home is lost again on the way back: what its earlier epochs pinned and saw. */
import { remoteTopicOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import { earlierOfStay, processedIn } from '../../core/positions/stay.ts';
import type { EarlierSeed } from '../../core/positions/seed.ts';
import type { ClusterReader, ControlTable } from '../ports.ts';
import { at } from './partitions.ts';

/** One remote partition of one group in the stay so far. */
export interface Stood {
  readonly clusterId: string;
  readonly earlier: EarlierSeed;
  readonly processed: NonNullable<PositionRecord['partitions'][string]['processed']>;
  /** d as the last look at a drain stored it: a commit that equals it is of nobody who reads there now. */
  readonly drained: string | null;
  readonly restore: string | null;
  readonly localPin: string | null;
}

export type Stay = ReadonlyMap<string, Stood>;

export const stayKey = (group: string, topic: string, partition: number | string): string =>
  `${group}|${topic}|${partition}`;

/** Positions of the newest epoch before this one that pinned any, with its number; null = none did. */
export async function newestPositions(
  control: ControlTable,
  { clientSet, epoch }: { readonly clientSet: string; readonly epoch: number },
): Promise<readonly PositionRecord[]> {
  const pinned = await control.pinnedBefore(clientSet, epoch);
  return pinned === null ? [] : control.positions(clientSet, pinned);
}

/** What localPins needs of a stay: where the group was pinned in the refuge's own topic when producers began to write there. */
export type LocalStay = ReadonlyMap<string, Pick<Stood, 'localPin'>>;

/** Of a switchover that was cut short: its producers write at the refuge, and nobody of the set has read there yet. */
export async function readLocalStay(control: ControlTable, clientSet: string, epoch: number): Promise<LocalStay> {
  const records = await newestPositions(control, { clientSet, epoch });
  return new Map(
    records.flatMap(({ group, topic, partitions }) =>
      Object.entries(partitions).map(
        ([partition, { localPin }]) => [stayKey(group, topic, partition), { localPin }] as const,
      ),
    ),
  );
}

/**
 * A run of this pin before this one has moved the commit in the remote topic: what it stored counts then, not the commit.
 * @param own what this epoch has stored already
 */
export async function readStay(
  ports: { readonly control: ControlTable; readonly refuge: ClusterReader },
  placed: PlacedSet,
  { epoch, own }: { readonly epoch: number; readonly own: readonly PositionRecord[] },
): Promise<Stay> {
  const records = await newestPositions(ports.control, { clientSet: placed.name, epoch });
  const stay = new Map<string, Stood>();
  for (const record of records) {
    const remote = remoteTopicOf(placed, record.topic);
    const live = await ports.refuge.committed(record.group, [remote]);
    const pinned = own.find(({ group, topic }) => group === record.group && topic === record.topic);
    for (const [partition, stored] of Object.entries(record.partitions)) {
      const before = pinned?.partitions[partition]?.processed;
      const range =
        before === undefined
          ? processedIn(stored, pinned ? null : (at(live, remote, Number(partition)) ?? null))
          : { from: BigInt(before.from), to: BigInt(before.to) };
      if (range === undefined) continue;
      stay.set(stayKey(record.group, record.topic, partition), {
        clusterId: record.clusterId,
        earlier: earlierOfStay(stored, range.to),
        processed: { from: String(range.from), to: String(range.to) },
        drained: stored.drained,
        restore: stored.restore,
        localPin: stored.localPin,
      });
    }
  }
  return stay;
}
