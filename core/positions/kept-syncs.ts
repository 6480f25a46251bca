/**
 * The offset syncs of one partition as a long-running reader keeps them: bounded, however long it runs. What goes first
 * are syncs in the middle of a gap-free run: they only make a translation nearer, and no re-send begins or ends at them.
 */
import type { SyncObservation, SyncPoint } from './sync-map.ts';

/** Syncs kept per partition: those of the last 25,600 records at least, at MirrorMaker 2's default distance of 100. */
export const MOST_SYNCS = 512;
/** The newest ones are kept whole: that is where groups stand. */
const NEWEST = MOST_SYNCS / 2;

interface Kept extends SyncPoint {
  /** Where it lies in the log of syncs. */
  readonly at: bigint;
}

export class KeptSyncs {
  #kept: Kept[] = [];
  #isWhole = true;

  add({ upstream, downstream }: SyncPoint, at: bigint): void {
    this.#kept.push({ upstream, downstream, at });
    if (this.#kept.length > MOST_SYNCS) this.#shrink();
  }

  /** No sync was given up but those in the middle of a run. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** @param hole offset in the log of syncs before which records are missing; 0 = none are */
  observations(hole: bigint): readonly SyncObservation[] {
    return this.#kept.map(({ upstream, downstream, at }) =>
      at < hole ? { upstream, downstream, beforeHole: true } : { upstream, downstream },
    );
  }

  #shrink(): void {
    const older = this.#kept.slice(0, -NEWEST);
    const newest = this.#kept.slice(-NEWEST);
    // One more than the newest, so their number is odd: each second one has neighbours on both sides.
    const telling = older.filter((sync, i) => i % 2 === 0 || !isInRun(older[i - 1]!, sync, older[i + 1]!));
    // Still too many: every other one marks a gap at the source (transactions there). Give up the oldest.
    const kept = telling.length > NEWEST * 0.75 ? telling.slice(-NEWEST / 2) : telling;
    this.#isWhole &&= kept.length === telling.length;
    this.#kept = [...kept, ...newest];
  }
}

/** Between the three nothing was left out at the source and nothing was sent again. */
const isInRun = (before: SyncPoint, sync: SyncPoint, after: SyncPoint): boolean =>
  sync.upstream > before.upstream &&
  sync.upstream - before.upstream === sync.downstream - before.downstream &&
  after.upstream > sync.upstream &&
  after.upstream - sync.upstream === after.downstream - sync.downstream;
