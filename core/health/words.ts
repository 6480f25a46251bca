/** How sentences for people render instants and spans. */
import type { EpochMs } from '../contracts/primitives.ts';

export { clip, firstOf } from '../contracts/text.ts';

/** `2026-11-22T10:00:00Z`, without fractions where there are none. */
export const instant = (atMs: EpochMs): string => new Date(atMs).toISOString().replace('.000Z', 'Z');

export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;
