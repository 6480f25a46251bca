/** Stored positions of a move as a restore reads them. */
import type { PositionRecord } from '../../core/contracts/tables.ts';
import { partitionsOf } from './partitions.ts';
import type { ByPartition, Ends } from '../ports.ts';

type StoredPosition = PositionRecord['partitions'][string];

/** Nobody was ever there. */
const NO_POSITION: StoredPosition = {
  homeCommit: null,
  seed: null,
  remoteEnd: '0',
  localPin: null,
  drained: null,
  restore: null,
  homeEnd: null,
  tail: null,
  note: 'added while the set was away',
};

/** Those that were pinned, and those that home has got since: the group would have no position there. */
export const partitionsAt = (
  { topic, partitions }: PositionRecord,
  ends: ByPartition<Ends>,
): (readonly [number, StoredPosition])[] =>
  [...new Set([...Object.keys(partitions).map(Number), ...partitionsOf(ends, topic)])].map((partition) => [
    partition,
    partitions[String(partition)] ?? NO_POSITION,
  ]);

/** The same log = the same cluster, and an end that has not fallen since it was last sampled. */
export function incarnationOf(
  then: string,
  now: string,
  end: bigint | undefined,
  endThen: bigint | null,
): 'same' | 'changed' | 'unknown' {
  if (then === '') return 'unknown';
  return then === now && end !== undefined && (endThen === null || end >= endThen) ? 'same' : 'changed';
}

export const number = (text: string | null): bigint | null => (text === null ? null : BigInt(text));
