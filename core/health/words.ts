/** How sentences for people render instants and spans. */
import type { EpochMs } from '../contracts/primitives.ts';

/** `2026-11-22T10:00:00Z`, without fractions where there are none. */
export const instant = (atMs: EpochMs): string => new Date(atMs).toISOString().replace('.000Z', 'Z');

export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;

/** For places with a limit (a workflow's reason has 500 characters): the beginning says the most. */
export const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
