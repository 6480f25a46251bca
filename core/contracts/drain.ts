/** What measure-drain remembers between looks (StageRecord.data). Bounded: old samples are thinned out. */
import * as z from 'zod';
import { EpochMs, OffsetText } from './primitives.ts';
import { Taken } from './tail.ts';

const Offset = z.union([OffsetText, z.literal('unknown')]);

export const StoredDrainSample = z.object({
  atMs: EpochMs,
  logStart: OffsetText,
  highWatermark: OffsetText,
  lastStable: OffsetText,
  committed: Offset.nullable(),
  dataRemaining: Offset,
  /** All of `dataRemaining` was aborted, and whether the group reads such records is not known. */
  abortedOnly: z.literal(true).optional(),
});
export type StoredDrainSample = z.infer<typeof StoredDrainSample>;

export const DrainMemory = z.object({
  /** `<group>|<topic>|<partition>` -> samples, oldest first. */
  partitions: z.record(z.string(), z.array(StoredDrainSample).readonly()),
  /** Of the whole flow: sums of remote ends and of copied offsets, to see whether anything still arrives. */
  inflow: z.array(z.object({ atMs: EpochMs, ends: Offset, copiedOffsets: Offset })),
  /** What retention or truncation took of each of them so far. */
  taken: z.record(z.string(), Taken).optional(),
  /** Fence per `<group>|<topic>|<partition>` of a failback or a switchover. */
  fence: z.record(z.string(), OffsetText).optional(),
  /** Way home without the refuge, per-key order: the copies that were there when producers began to wait, as `fence`. */
  copied: z.record(z.string(), OffsetText).optional(),
  /** Way home without the refuge: its ends per `<topic>|<partition>` when it was back and everybody had left it. */
  owed: z.record(z.string(), OffsetText).optional(),
  /** Switchover: home's ends per `<topic>|<partition>`, and since when they stand still. */
  standstill: z.object({ ends: z.record(z.string(), OffsetText), sinceMs: EpochMs }).optional(),
  /** Since when the deadline runs: the first look, or the first one after a hold. */
  windowStartMs: EpochMs.optional(),
  /** First look that saw every producer moved: only a lag measured after it counts. */
  producersMovedAtMs: EpochMs.optional(),
});
export type DrainMemory = z.infer<typeof DrainMemory>;

export const EMPTY_DRAIN_MEMORY: DrainMemory = { partitions: {}, inflow: [] };
