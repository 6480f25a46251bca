/**
 * When MirrorMaker 2 emits an offset sync for a partition (Kafka 3.7 and later): at the first record of a task's life, at
 * every gap of the source, when the remote offset falls, and when the last sync lies `lagMax` behind. What is not due is
 * delayed until the task flushes. A sync that waits to be sent is replaced by the next one: only so many are under way.
 */
import type { SyncPoint } from '../../core/positions/sync-map.ts';

/** As Kafka has it: so many syncs of a task may be unacknowledged. */
const MOST_UNDER_WAY = 10;

export class SyncEmission {
  readonly #lagMax: bigint;
  readonly #permits: number;
  #previous: SyncPoint | null = null;
  #lastSyncDownstream = -1n;
  #delayed: SyncPoint | null = null;
  #pending: SyncPoint | null = null;
  #underWay = 0;

  constructor(lagMax: bigint, permits = MOST_UNDER_WAY) {
    this.#lagMax = lagMax;
    this.#permits = permits;
  }

  get delayed(): SyncPoint | null {
    return this.#delayed;
  }

  get pending(): SyncPoint | null {
    return this.#pending;
  }

  get lastSyncDownstream(): bigint {
    return this.#lastSyncDownstream;
  }

  /** The record at `copy.upstream` was acknowledged at `copy.downstream`. Tells whether a sync is due. */
  acknowledge(copy: SyncPoint): boolean {
    const previous = this.#previous;
    const isDue =
      previous === null ||
      copy.downstream - (this.#lastSyncDownstream + 1n) >= this.#lagMax ||
      copy.upstream - previous.upstream !== 1n ||
      copy.downstream < previous.downstream;
    this.#previous = copy;
    if (isDue) {
      this.#lastSyncDownstream = copy.downstream;
      this.#delayed = null;
      this.#pending = copy;
    } else this.#delayed = copy;
    return isDue;
  }

  /** The task commits: what was delayed is due now. */
  flush(): void {
    this.#pending = this.#delayed ?? this.#pending;
    this.#delayed = null;
  }

  /** What is sent now; null = nothing waits, or too many are under way. */
  send(): SyncPoint | null {
    if (this.#underWay >= this.#permits) return null;
    const sent = this.#pending;
    if (sent !== null) this.#underWay += 1;
    this.#pending = null;
    return sent;
  }

  /** The cluster has acknowledged a sync. */
  sent(): void {
    this.#underWay -= 1;
  }
}
