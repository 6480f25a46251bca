/** What the stored positions of a move ask of the offset syncs. */
import type { PositionRecord } from '../../core/contracts/tables.ts';
import type { SyncQuestion } from './syncs.ts';

/** The way back begins at C, so syncs are needed from there on. */
export const questionsOf = (records: readonly PositionRecord[]): readonly SyncQuestion[] =>
  records.flatMap(({ topic, partitions }) =>
    Object.entries(partitions).flatMap(([partition, { homeCommit, seed }]) =>
      homeCommit === null || seed === null ? [] : [{ topic, partition: Number(partition), home: BigInt(homeCommit) }],
    ),
  );
