/** Time that only moves when it is told to, and the budget of an invocation measured by it. */
import type { Budget, Clock } from '../../../lambdas/ports.ts';

export interface FakeClock extends Clock {
  advance(ms: number): void;
  set(nowMs: number): void;
  /** Runs after every pause, so that the world can change while a use case waits. */
  whilePaused(hook: (nowMs: number) => void | Promise<void>): void;
}

/** Starts at 2026-11-22T10:00:00Z unless told otherwise. `pause` advances and resolves at once. */
export function fakeClock(startMs = Date.UTC(2026, 10, 22, 10)): FakeClock {
  let nowMs = startMs;
  const hooks: ((nowMs: number) => void | Promise<void>)[] = [];
  return {
    nowMs: () => nowMs,
    advance: (ms) => void (nowMs += ms),
    set: (next) => void (nowMs = next),
    whilePaused: (hook) => void hooks.push(hook),
    pause: async (ms) => {
      nowMs += ms;
      for (const hook of hooks) await hook(nowMs);
    },
  };
}

export interface FakeBudget extends Budget {
  /** From now on so much is left, going down with the clock. */
  grant(ms: number): void;
}

/** One minute from now, unless told otherwise. */
export function fakeBudget(clock: Clock, ms = 60_000): FakeBudget {
  let endsAtMs = clock.nowMs() + ms;
  return {
    grant: (next) => void (endsAtMs = clock.nowMs() + next),
    remainingMs: () => Math.max(0, endsAtMs - clock.nowMs()),
  };
}
