/** One climb's record: each rung with its own deadline, its time and, where it broke, its class. */
import { performance } from 'node:perf_hooks';
import type { Rung, RungResult } from '../../../core/contracts/observations.ts';
import { Deadline } from './deadline.ts';
import { classifyError, sentenceOf } from './errors.ts';

/** The longest text an observation keeps of an error. */
const ERROR_LENGTH = 500;

/** Share of a rung's time for what must fail by itself inside it: its own error is told then, not the rung's silence. */
export const INSIDE_A_RUNG = 0.9;

/** The climb ends here; the ladder knows why. */
export class RungBroke extends Error {
  override readonly name = 'RungBroke';
}

export class Ladder {
  readonly #rungMs: number;
  readonly #results: RungResult[];

  /** @param below what was climbed already */
  constructor(rungMs: number, below: readonly RungResult[] = []) {
    this.#rungMs = rungMs;
    this.#results = [...below];
  }

  get results(): readonly RungResult[] {
    return this.#results;
  }

  /** @throws RungBroke */
  async rung<T>(rung: Rung, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const { value, tookMs } = await this.#timed(rung, work);
    this.#results.push({ kind: 'held', rung, tookMs });
    return value;
  }

  /** What the next rung needs, and no rung of its own: told only where it breaks. @throws RungBroke */
  async between<T>(rung: Rung, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    return (await this.#timed(rung, work)).value;
  }

  async #timed<T>(
    rung: Rung,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<{ readonly value: T; readonly tookMs: number }> {
    const startedAt = performance.now();
    const tookMs = () => Math.round((performance.now() - startedAt) * 10) / 10;
    const deadline = new Deadline(this.#rungMs);
    try {
      const value = await deadline.bound(rung, work(deadline));
      return { value, tookMs: tookMs() };
    } catch (error) {
      this.#results.push({
        kind: 'broke',
        rung,
        tookMs: tookMs(),
        errorClass: classifyError(error),
        error: sentenceOf(error).slice(0, ERROR_LENGTH),
      });
      throw new RungBroke(rung, { cause: error });
    }
  }
}
