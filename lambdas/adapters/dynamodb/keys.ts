/** Parts of sort keys and conditions that both tables use. */
import type { PutOptions } from './table.ts';

/** So that text order is time order, until the year 33658. */
export const timeKey = (atMs: number): string => String(Math.max(0, Math.floor(atMs))).padStart(15, '0');

/** Sorts after every key of this instant, and before those of the next. */
export const throughKey = (atMs: number): string => `${timeKey(atMs)}#\uffff`;

/** So that text order is number order. */
export const epochKey = (epoch: number): string => String(epoch).padStart(10, '0');

/** Keeps the newer of two records: a late writer must not bring back an older sample. Equal instants replace. */
export const newest = (atMs: number): PutOptions => ({
  attributes: { atMs },
  condition: { expression: 'attribute_not_exists(pk) OR atMs <= :atMs', values: { ':atMs': atMs } },
});
