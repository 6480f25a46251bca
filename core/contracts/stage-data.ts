/** What stages keep in `StageRecord.data` between two looks. Read leniently: an older release's memory counts as none. */
import * as z from 'zod';
import { EpochMs, OffsetText } from './primitives.ts';

/** await-adoption: since when it waits, and since when the log ends stand still that producers are to leave. */
export const AdoptionMemory = z.object({
  windowStartMs: EpochMs,
  endsLeft: z.object({ sum: OffsetText, sinceMs: EpochMs }).optional(),
});
export type AdoptionMemory = z.infer<typeof AdoptionMemory>;

/** reconcile or operate: which execution was started for an open epoch, and in whose place. */
export const TakeUpMemory = z.object({ inPlaceOf: z.string(), execution: z.string().optional(), startedAtMs: EpochMs });
export type TakeUpMemory = z.infer<typeof TakeUpMemory>;

/** reconcile: since when nobody knows the execution of an open epoch, and whether people were told. */
export const UnknownMemory = z.object({ execution: z.string(), sinceMs: EpochMs, told: z.boolean() });
export type UnknownMemory = z.infer<typeof UnknownMemory>;

/** reconcile: stragglers it has announced already, as "role clientId revision". */
export const StragglerMemory = z.object({ announced: z.array(z.string()) });
export type StragglerMemory = z.infer<typeof StragglerMemory>;

/** conclude-move: which execution closed the epoch, so that its re-run knows its own work. */
export const ConcludeMemory = z.object({ closedBy: z.string(), outcome: z.enum(['done', 'undone', 'aborted']) });
export type ConcludeMemory = z.infer<typeof ConcludeMemory>;

export function remembered<T>(schema: z.ZodType<T>, data: unknown): T | undefined {
  const parsed = schema.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}
