/** The machine's clock. */
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  pause: async (ms) => {
    await setTimeout(Math.max(0, ms));
  },
};
