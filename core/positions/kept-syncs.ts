/**
 * The offset syncs of one partition as a long-running reader keeps them: bounded, however long it runs. What goes first
 * are syncs in the middle of a task's life: they only make a translation nearer, and no re-send begins or ends at them.
 *
 * A sync tells its life by the id of its producer, which is idempotent unless somebody switched that off. Where it is not,
 * syncs that never arrived may hide a re-send anywhere (resend.ts): such a history is not whole.
 */
import { mayBeResend, type SyncPoint } from './resend.ts';

/** Syncs kept per partition: those of the last 25,600 records at least, at MirrorMaker 2's default distance of 100. */
export const MOST_SYNCS = 512;

export class KeptSyncs {
  #kept: SyncPoint[] = [];
  #isWhole = true;
  readonly #most: number;
  /** The newest ones are kept whole: that is where groups stand. */
  readonly #newest: number;

  /** @param most even */
  constructor(most = MOST_SYNCS) {
    this.#most = most;
    this.#newest = most / 2;
  }

  add(sync: SyncPoint): void {
    this.#isWhole &&= sync.life !== undefined;
    this.#kept.push(sync);
    if (this.#kept.length > this.#most) this.#shrink();
  }

  /** Each sync tells its life, and none was given up but those in the middle of one. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** In log order. */
  get syncs(): readonly SyncPoint[] {
    return this.#kept;
  }

  #shrink(): void {
    const older = this.#kept.slice(0, -this.#newest);
    const newest = this.#kept.slice(-this.#newest);
    // One more than the newest, so their number is odd: each second one has neighbours on both sides.
    const telling = older.filter(
      (sync, i) => i % 2 === 0 || !(isLivedOn(older[i - 1]!, sync) && isLivedOn(sync, older[i + 1]!)),
    );
    // Still too many: every other one begins or ends a life. Give up the oldest.
    const kept = telling.length > this.#newest * 0.75 ? telling.slice(-this.#newest / 2) : telling;
    this.#isWhole &&= kept.length === telling.length;
    this.#kept = [...kept, ...newest];
  }
}

/** One life of the task copied from the one to the other, into one remote topic, and sent nothing again. */
const isLivedOn = (before: SyncPoint, after: SyncPoint): boolean =>
  after.life === before.life && after.downstream > before.downstream && !mayBeResend(before, after);
