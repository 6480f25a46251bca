/**
 * MirrorMaker 2's own memory of the offset syncs of one partition (Kafka 3.7 and later), from which its checkpoints are
 * computed, and what it writes of them. It keeps 64 slots, the fewer the further back; ours keeps every sync. Tests hold
 * our answers against it: as near or nearer, and never ahead of the truth.
 */
import type { SyncPoint } from '../../core/positions/sync-map.ts';

const SLOTS = 64;

export interface Mm2Checkpoint {
  readonly upstream: bigint;
  readonly downstream: bigint;
}

export class Mm2SyncStore {
  readonly #load: 'all' | 'newest';
  #slots: SyncPoint[] = [];
  #isReading = true;

  /** @param load which of the retained syncs count at the start: 'all' where the task could read its own checkpoints */
  constructor(load: 'all' | 'newest' = 'all') {
    this.#load = load;
  }

  /** Different syncs that are stored, the newest first. */
  get stored(): readonly SyncPoint[] {
    return this.#slots.filter((sync, i) => sync !== this.#slots[i - 1]);
  }

  /** The syncs topic was read to its end. */
  start(): this {
    this.#isReading = false;
    return this;
  }

  add(...syncs: readonly SyncPoint[]): this {
    for (const sync of syncs) this.#add(sync);
    return this;
  }

  /** 'none' = no answer; 'too old' = below every stored sync (MirrorMaker 2 itself says -1). */
  translate(upstream: bigint): bigint | 'none' | 'too old' {
    if (this.#isReading || this.#slots.length === 0) return 'none';
    const sync = this.#slots.find((one) => one.upstream <= upstream);
    if (sync === undefined) return 'too old';
    return sync.upstream === upstream ? sync.downstream : sync.downstream + 1n;
  }

  /** The checkpoint that is written for a group at `upstream`, after `last`; null = none is. */
  checkpoint(upstream: bigint | null, last: Mm2Checkpoint | null = null): Mm2Checkpoint | null {
    if (upstream === null || upstream < 0n) return null;
    const downstream = this.translate(upstream);
    if (typeof downstream !== 'bigint') return null;
    const tellsMore = last === null || upstream < last.upstream || downstream > last.downstream;
    return tellsMore ? { upstream, downstream } : null;
  }

  #add(sync: SyncPoint): void {
    const newest = this.#slots[0];
    const startsAnew = newest === undefined || sync.upstream < newest.upstream;
    if (startsAnew || (this.#isReading && this.#load === 'newest')) {
      this.#slots = Array.from({ length: SLOTS }, () => sync);
      return;
    }
    this.#makeRoom(sync);
  }

  /** Slot by slot: what is too old for its slot gives way to the newest of the older ones that fits, else to `sync`. */
  #makeRoom(sync: SyncPoint): void {
    const old = [...this.#slots];
    const slots = this.#slots;
    slots[0] = sync;
    let replacement = sync;
    let walked = 0;
    for (let slot = 1; slot < SLOTS; slot += 1) {
      const before = slots[slot - 1]!;
      // Taken, repeated, or too close to the one before: of no use for this slot any more, nor for one behind it.
      for (let isUseless = true; isUseless; isUseless &&= walked < slot) {
        const one = old[walked]!;
        const isApart = keepsApart(before, one, slot - 1);
        const leavesRoom = slot + 1 >= SLOTS || keepsApart(one, slots[slot + 1]!, slot);
        const isTaken = isApart && leavesRoom && isRecent(before, one, slot);
        if (isTaken) replacement = one;
        isUseless = !isApart || one === old[walked + 1];
        if (isTaken || isUseless) walked += 1;
      }
      if (isRecent(before, slots[slot]!, slot)) return;
      slots[slot] = replacement;
    }
  }
}

const powerOfTwo = (exponent: number): bigint => 1n << BigInt(exponent);

/** Invariant B, between neighbours: what lies in a slot is at most so old. */
const isRecent = (before: SyncPoint, one: SyncPoint, slot: number): boolean =>
  before === one || before.upstream <= one.upstream + powerOfTwo(slot - 1);

/** Invariant C: different syncs in `slot` and behind it are so far apart. */
const keepsApart = (one: SyncPoint, behind: SyncPoint, slot: number): boolean =>
  one === behind || one.upstream >= behind.upstream + powerOfTwo(Math.max(slot - 2, 0));

/** How a group on the target looks to MirrorMaker 2's own group sync; 'unseen' = its first look failed. */
export type SyncedGroup = 'empty' | 'absent' | 'active' | 'unseen';

/**
 * What a group's commit is after one round of `sync.group.offsets.enabled`. Only what was seen of an empty group keeps
 * it from being set back: where nothing was seen every checkpoint is written, and the broker refuses it only while there
 * are members.
 */
export function afterGroupSync(group: SyncedGroup, committed: bigint | null, checkpoint: bigint): bigint | null {
  if (group === 'active') return committed;
  if (group === 'empty' && committed !== null && committed >= checkpoint) return committed;
  return checkpoint;
}
