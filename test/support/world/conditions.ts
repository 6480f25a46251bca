import { setTimeout as delay } from 'node:timers/promises';

/** How long a condition of a drill may take: it tells what hangs from what is slow on a machine with ten times the load, and measures nothing. */
export const HUNG_MS = 240_000;

export interface WaitOptions {
  readonly timeoutMs: number;
  /** 100 ms unless told. */
  readonly everyMs?: number;
  /** Ends the waiting at once, with its sentence, when what is waited for cannot come any more. */
  readonly hopeless?: () => string | undefined;
}

/**
 * Asks `probe` until it gives a value. An exception of the probe counts as "not yet" and is told at the end.
 * @throws Error naming `what`, the time spent and the last answer.
 */
export async function waitFor<T>(what: string, probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const begun = performance.now();
  let last = 'not yet';
  for (;;) {
    const hopeless = options.hopeless?.();
    if (hopeless !== undefined) throw new Error(`${what}: ${hopeless}`);
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (problem) {
      last = problem instanceof Error ? problem.message : String(problem);
    }
    const spentMs = performance.now() - begun;
    if (spentMs > options.timeoutMs)
      throw new Error(`${what}: not within ${Math.round(options.timeoutMs / 1000)} s; last answer: ${last}`);
    await delay(options.everyMs ?? 100);
  }
}
