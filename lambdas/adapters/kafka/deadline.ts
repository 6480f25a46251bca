/** Time limits. Nothing in this adapter waits without one. */
import { performance } from 'node:perf_hooks';
import { DeadlinePassed } from './errors.ts';

export class Deadline {
  readonly #endsAt: number;
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
    this.#endsAt = performance.now() + ms;
  }

  leftMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** @throws DeadlinePassed */
  check(what: string): void {
    if (this.leftMs() === 0) throw new DeadlinePassed(what, this.#ms);
  }

  /**
   * What `work` gives, or DeadlinePassed. `work` goes on in the background then, so its owner must close the socket it
   * waits on; its late rejection is swallowed here.
   */
  async bound<T>(what: string, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new DeadlinePassed(what, this.#ms)), this.leftMs());
    });
    work.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
