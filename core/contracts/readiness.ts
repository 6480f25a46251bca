/** What readiness is judged from (a slow look at both sides), what it finds, and the document that people get. */
import * as z from 'zod';
import { EpochMs, OffsetText, Slug } from './primitives.ts';
import { SKIP_REASONS } from './skip-reasons.ts';

/** Ids of what readiness can find beyond the guards; a guard's finding carries the guard's own id. */
export const PREPARATION_IDS = [
  'look',
  'topic-settings',
  'replicated',
  'replication',
  'mirror-settings',
  'mirror-version',
  'offset-syncs',
  'incomplete-history',
  'unreadable-records',
  'exactly-once',
  'group-sync',
  'offsets-retention',
  'group-kind',
  'group-assignors',
  'static-members',
  'client-ids',
  'silent-producers',
  'transactional-ids',
  'acls',
  'schema-registry',
  'schema-subjects',
  'schema-versions',
  'schema-ids',
  'schema-compatibility',
] as const;
export const PreparationId = z.enum(PREPARATION_IDS);
export type PreparationId = z.infer<typeof PreparationId>;

/**
 * `blocks`: a guard refuses the move. `warns`: the move goes, and something breaks or is lost by it. `informs`: worth
 * knowing, nothing to do now. `unknown`: could not be read, so nothing may be concluded.
 */
export const SEVERITIES = ['blocks', 'warns', 'unknown', 'informs'] as const;
export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

export const Finding = z.object({
  id: z.string(),
  severity: Severity,
  /** Where it is to be repaired. */
  cluster: z.string(),
  /** What it is about: a topic, a group, a schema subject ... */
  subject: z.string(),
  /** What is wrong. */
  sentence: z.string(),
  /** The command or the act that repairs it. */
  fix: z.string(),
});
export type Finding = z.infer<typeof Finding>;

const reading = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('read'), value }),
    z.object({ kind: z.literal('unread'), because: z.string() }),
  ]);
/** What was read, or why it could not be. Not having read is never "nothing is there". */
export type Reading<T> =
  { readonly kind: 'read'; readonly value: T } | { readonly kind: 'unread'; readonly because: string };

/** Names and values as Kafka reports them, defaults included. */
const Settings = z.record(z.string(), z.string());
export type Settings = z.infer<typeof Settings>;

export const ACL_RESOURCES = ['topic', 'group', 'cluster', 'transactional-id', 'other'] as const;
export const ACL_OPERATIONS = [
  'all',
  'read',
  'write',
  'create',
  'delete',
  'alter',
  'describe',
  'cluster-action',
  'describe-configs',
  'alter-configs',
  'idempotent-write',
  'other',
] as const;
export const Acl = z.object({
  /** Such as `User:billing`; `User:*` is everybody. */
  principal: z.string(),
  host: z.string(),
  permission: z.enum(['allow', 'deny']),
  operation: z.enum(ACL_OPERATIONS),
  resource: z.enum(ACL_RESOURCES),
  pattern: z.enum(['literal', 'prefixed']),
  /** `*` with the literal pattern is every resource. */
  name: z.string(),
});
export type Acl = z.infer<typeof Acl>;

/** `no-authorizer`: the cluster lets everybody do everything. */
export const Acls = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('no-authorizer') }),
  z.object({ kind: z.literal('listed'), acls: z.array(Acl) }),
]);
export type Acls = z.infer<typeof Acls>;

/** One subject of a schema registry. `schema`: a fingerprint; equal fingerprints are equal schemas. Newest version last. */
export const SubjectLook = z.object({
  /** The subject's own level, or the registry's where it has none. */
  compatibility: z.string(),
  versions: z.array(z.object({ version: z.number().int(), id: z.number().int(), schema: z.string() })),
});
export type SubjectLook = z.infer<typeof SubjectLook>;

export const RegistryLook = z.object({
  /** null = no such subject. */
  subjects: z.record(z.string(), SubjectLook.nullable()),
  /** At the refuge: what home's ids mean there, by id; null = nothing. */
  ids: z.record(z.string(), z.string().nullable()),
});
export type RegistryLook = z.infer<typeof RegistryLook>;

export const SideLook = z.object({
  /** The set's topics; null = no such topic. */
  topics: reading(z.record(z.string(), Settings.nullable())),
  acls: reading(Acls),
  /** By broker id. Absent in looks that older versions stored. */
  brokers: reading(z.record(z.string(), Settings)).optional(),
  /** Absent where the configuration names no registry. */
  registry: reading(RegistryLook).optional(),
});
export type SideLook = z.infer<typeof SideLook>;

/** How a flow writes: each batch of copies in a transaction, or not; `none`: no copied heartbeat to tell by. */
const Copies = z.enum(['transactional', 'plain', 'none']);
export type Copies = z.infer<typeof Copies>;

/** Records of one of MirrorMaker 2's own topics that are passed by, since a position computed from a guess would lose records. */
export const UnreadableRecords = z.object({
  topic: z.string(),
  /** Why, in one word: `too-short`, `unknown-version` ... */
  reason: z.enum(SKIP_REASONS),
  records: z.number().int().positive(),
  /** What is wrong with the newest of them. */
  newest: z.string(),
});
export type UnreadableRecords = z.infer<typeof UnreadableRecords>;

/** Of one flow: its offset-syncs topic where the configuration expects it, and its connectors where dedicated workers show them. */
export const MirrorLook = z.object({
  syncs: reading(Settings.nullable()),
  /** Connector -> the settings that matter here, never credentials. Empty: nobody shows them. */
  connectors: reading(z.record(z.string(), Settings)),
  /** How the newest copy was written. Absent in looks that older versions stored. */
  copies: reading(Copies).optional(),
  /** Absent in looks that older versions stored. */
  unreadable: reading(z.array(UnreadableRecords)).optional(),
});
export type MirrorLook = z.infer<typeof MirrorLook>;

/** One slow look at both sides of a client set. */
export const ReadinessLook = z.object({
  pair: Slug,
  clientSet: Slug,
  atMs: EpochMs,
  home: SideLook,
  refuge: SideLook,
  /** Flow home -> refuge. */
  outbound: MirrorLook,
  /** Flow refuge -> home. */
  inbound: MirrorLook,
  /** Known to both clusters, without our own. */
  sharedTransactionalIds: reading(z.array(z.string())),
});
export type ReadinessLook = z.infer<typeof ReadinessLook>;

/** A figure that may not be known; the sentence says it either way. */
const expected = <T extends z.ZodRawShape>(fields: T) =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('known'), sentence: z.string(), ...fields }),
    z.object({ kind: z.literal('unknown'), sentence: z.string() }),
  ]);

/** What `status` shows and the set's verdict keeps: everything about a move that would start now. */
export const ReadinessDocument = z.object({
  clientSet: Slug,
  atMs: EpochMs,
  wouldMove: z.boolean(),
  sentence: z.string(),
  /** The gravest first. */
  findings: z.array(Finding),
  /** How many more there were than the document holds. */
  leftOut: z.number().int().nonnegative(),
  /** seconds: how far back the oldest of them was written; null = not known. */
  loss: expected({
    records: z.object({ lower: OffsetText, upper: OffsetText }),
    seconds: z.object({ lower: z.number(), upper: z.number() }).nullable(),
  }),
  duplicates: expected({ records: OffsetText }),
  time: z.object({ untilProducersSeconds: z.number(), sentence: z.string() }),
  /** null = there is none. */
  inputs: z.array(z.object({ input: z.string(), ageSeconds: z.number().nullable() })),
});
export type ReadinessDocument = z.infer<typeof ReadinessDocument>;
