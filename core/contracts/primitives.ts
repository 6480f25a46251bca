/** Vocabulary that every contract shares. One word per thing: see docs/glossary.md. */
import * as z from 'zod';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
export const EpochMs = z.number().int().nonnegative();

/** A Kafka offset at a border: a decimal string, because JSON numbers end at 2^53. Inside the code it is a bigint. */
export const OffsetText = z.string().regex(/^(0|[1-9][0-9]*)$/, 'a non-negative decimal offset such as "1500"');
export type OffsetText = string;

/** Cluster alias as MirrorMaker 2 knows it: it becomes the prefix of remote topics. */
export const ClusterAlias = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,40}$/, 'letters, digits, "_" and "-", at most 40, no separator');

/** Names of pairs and client sets become parts of parameter paths, function names and execution names. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, 'lower case letters, digits and "-", 1 to 32 characters');

export const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as "eu-west-1"');

/** A list that is known to have at least one entry: reasons are never empty. */
export type NonEmpty<T> = readonly [T, ...T[]];

export const isNonEmpty = <T>(list: readonly T[]): list is NonEmpty<T> => list.length > 0;

export const MOVES = ['failover', 'switchover', 'failback'] as const;
export const Move = z.enum(MOVES);
export type Move = z.infer<typeof Move>;

/** Phases of a client set, in the order a full story walks through them (docs/architecture.md). */
export const PHASES = ['home', 'draining', 'refuge', 'leaving', 'returning', 'recovering'] as const;
export const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

/** In `leaving` producers are told to go, and consumers finish at home first. */
export const consumersAreHome = (phase: Phase): boolean => phase === 'home' || phase === 'leaving';

export const TRIGGERS = ['automatic', 'manual', 'alarm', 'reconcile'] as const;
export const Trigger = z.enum(TRIGGERS);
export type Trigger = z.infer<typeof Trigger>;

export const MODES = ['off', 'observe', 'approve', 'automatic'] as const;
export const Mode = z.enum(MODES);
export type Mode = z.infer<typeof Mode>;

export const GROUP_MODES = ['shared', 'home-only', 'reads-remote'] as const;
export const GroupMode = z.enum(GROUP_MODES);
export type GroupMode = z.infer<typeof GroupMode>;

export const ORDERING_POLICIES = ['availability', 'per-key'] as const;
export const OrderingPolicy = z.enum(ORDERING_POLICIES);
export type OrderingPolicy = z.infer<typeof OrderingPolicy>;

export const DRAIN_DEADLINE_POLICIES = ['hold', 'cut-over', 'keep-both'] as const;
export const DrainDeadlinePolicy = z.enum(DRAIN_DEADLINE_POLICIES);
export type DrainDeadlinePolicy = z.infer<typeof DrainDeadlinePolicy>;

/** What to do where offset syncs are missing and nothing proves that they hide no re-send which was cut short. */
export const INCOMPLETE_HISTORY_CHOICES = ['log-start', 'accept'] as const;
export const IncompleteHistory = z.enum(INCOMPLETE_HISTORY_CHOICES);
export type IncompleteHistory = z.infer<typeof IncompleteHistory>;

/** Offset syncs are missing behind a position. `proven`: those, or a re-send they do not show whole; the remote topic itself shows that nothing is skipped. */
export const MissingSyncs = z.enum(['proven', 'unproven']);
export type MissingSyncs = z.infer<typeof MissingSyncs>;

/** What a person gives as a reason, in characters. */
export const REASON_CHARACTERS = { least: 3, most: 500 } as const;
export const Reason = z
  .string()
  .min(REASON_CHARACTERS.least, `say why, in a few words: at least ${REASON_CHARACTERS.least} characters`)
  .max(REASON_CHARACTERS.most);
