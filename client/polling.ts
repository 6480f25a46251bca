/** Jittered polling, shared by every watcher of one source. */
import { jittered, pause } from './timing.ts';
import type { Readings, RoutingSource } from './routing-source.ts';

export interface PollingOptions {
  /** Interval until a routing value says otherwise (its `pollSeconds`). Default 5. */
  readonly pollSeconds?: number;
  /** 0 <= x < 1; replaceable for tests. */
  readonly random?: () => number;
}

interface Watcher {
  readonly deliver: (readings: Readings) => void;
  seconds: number;
}

/** Makes a source from a function that looks once. The function reports failures as readings and never throws. */
export function createPolling(look: () => Promise<Readings>, options: PollingOptions): RoutingSource {
  const { pollSeconds = 5, random = Math.random } = options;
  const watchers = new Set<Watcher>();
  let wake = new AbortController();
  let running = false;

  const loop = async () => {
    running = true;
    while (watchers.size > 0) {
      const readings = await look();
      for (const watcher of watchers) watcher.deliver(readings);
      if (watchers.size === 0) break;
      const seconds = Math.min(...[...watchers].map((watcher) => watcher.seconds));
      await pause(jittered(seconds * 1000, random), wake.signal);
    }
    running = false;
  };
  const lookNow = () => {
    wake.abort();
    wake = new AbortController();
  };

  return {
    start: (deliver) => {
      const watcher: Watcher = { deliver, seconds: pollSeconds };
      watchers.add(watcher);
      if (running) lookNow();
      else void loop();
      return {
        pollEvery: (seconds) => {
          watcher.seconds = seconds;
        },
        stop: () => {
          watchers.delete(watcher);
          if (watchers.size === 0) lookNow();
        },
      };
    },
  };
}
