/** What a home that was left still held, and what came of it: one report, as events, `status`, decisions and mails carry it. */
import * as z from 'zod';
import { OffsetText } from './primitives.ts';

/** Offsets that home had acknowledged and nobody had copied when it was left; null = not known. */
const Left = z.object({
  lower: OffsetText.nullable(),
  /** At the highest rate at which producers were seen to write. */
  upper: OffsetText.nullable(),
  because: z.string(),
});

/** What was left for a group in home's log when its position there was set: offsets [from, to). */
const Found = z.object({
  /** `gone`: home's log is another one, nothing of the old one was left. */
  kind: z.enum(['exact', 'bounded', 'gone']),
  from: OffsetText,
  to: OffsetText,
  because: z.string(),
});

/** Offsets that retention or truncation took before the group had read them. */
export const Taken = z.object({ offsets: OffsetText, below: OffsetText });

/** Fields of one partition's positions. All of them are absent where an older release stored the record. */
export const TailFields = z.object({
  left: Left.optional(),
  found: Found.optional(),
  taken: z
    .object({
      /** In home's log. */
      home: Taken.optional(),
      /** In the remote topic at the refuge. */
      remote: Taken.optional(),
      /** In the refuge's own topic, below the fence. */
      refuge: Taken.optional(),
    })
    .optional(),
});
export type TailFields = z.infer<typeof TailFields>;
export type Taken = z.infer<typeof Taken>;

export const TailReport = z.object({
  /** The epoch that left home. */
  epoch: z.number().int().positive(),
  /** When home was left, over all partitions of the topics; null = not known for each of them. */
  left: z.object({ lower: OffsetText.nullable(), upper: OffsetText.nullable() }),
  /** Of groups' partitions, once home is back. `unknown`: not all of them were looked at. */
  found: z.object({ kind: z.enum(['exact', 'bounded', 'unknown']), atMost: OffsetText }).optional(),
  /** Over all groups. */
  taken: OffsetText,
  /** One line per group and partition that has something to tell; `leftOut` more were not told. */
  partitions: z.array(z.string()),
  leftOut: z.number().int().nonnegative(),
  /** The same in one sentence. */
  sentence: z.string(),
});
export type TailReport = z.infer<typeof TailReport>;
