/** Keeps one thing open: opens it, watches it end, opens it again with growing jittered pauses, until it is stopped. */
import { jittered, pause } from './timing.ts';

export interface Kept {
  /** Resolves with the reason when the thing ended by itself. */
  readonly ended: Promise<Error>;
  /** Bounded; never rejects. */
  close(): Promise<void>;
}

export interface KeeperOptions<T extends Kept> {
  /** Must give up soon after the signal fires. */
  readonly open: (stopping: AbortSignal) => Promise<T>;
  readonly onOpened?: (kept: T) => void;
  /** Told each time it could not be opened, or ended by itself. */
  readonly onSetback: (reason: unknown, retryInMs: number) => void;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  readonly random: () => number;
}

export interface Keeper {
  /** Resolves when the thing is closed and nothing will open it again. */
  stop(): Promise<void>;
}

/** Opened for this long, it counts as healthy again and the next pause is the shortest one. */
const HEALTHY_AFTER_MS = 10_000;

export function keep<T extends Kept>(options: KeeperOptions<T>): Keeper {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));

  /** One life: null if it was stopped, otherwise why it is over and whether it had been healthy. */
  const live = async (): Promise<{ reason: unknown; healthy: boolean } | null> => {
    let kept: T;
    try {
      kept = await options.open(signal);
    } catch (reason) {
      return signal.aborted ? null : { reason, healthy: false };
    }
    const openedAt = performance.now();
    if (!signal.aborted) options.onOpened?.(kept);
    const reason = await Promise.race([stopped, kept.ended]);
    await kept.close();
    return reason === null || signal.aborted
      ? null
      : { reason, healthy: performance.now() - openedAt >= HEALTHY_AFTER_MS };
  };

  const run = async () => {
    let setbacks = 0;
    while (!signal.aborted) {
      const end = await live();
      if (end === null) continue;
      setbacks = end.healthy ? 0 : setbacks + 1;
      const doubled = options.firstPauseMs * 2 ** Math.min(setbacks - 1, 16);
      const waitMs = jittered(
        Math.min(Math.max(doubled, options.firstPauseMs), options.longestPauseMs),
        options.random,
      );
      options.onSetback(end.reason, Math.round(waitMs));
      await pause(waitMs, signal);
    }
  };
  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}
