/** What probes saw. Probes only observe; verdicts are made of these by core/health. */
import * as z from 'zod';
import { ClusterAlias, EpochMs, OffsetText, Region, Slug } from './primitives.ts';

/** Rungs of the ladder, bottom to top. A rung is climbed only when the one below it held. */
export const RUNGS = [
  'dns',
  'tcp',
  'tls',
  'sasl',
  'api-versions',
  'metadata',
  'canary-write',
  'canary-read',
  'group-commit',
] as const;
export const Rung = z.enum(RUNGS);
export type Rung = z.infer<typeof Rung>;

/** Classes of failure (docs/architecture.md, "What may vote"). Only transport and service failures vote "down". */
export const ERROR_CLASSES = [
  'transport-failure',
  'service-failure',
  'prober-fault-dns',
  'prober-fault-tls',
  'prober-fault-auth',
  'prober-fault-config',
  'prober-fault-runtime',
  'config-fault-server-cert',
] as const;
export const ErrorClass = z.enum(ERROR_CLASSES);
export type ErrorClass = z.infer<typeof ErrorClass>;

export const RungResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('held'), rung: Rung, tookMs: z.number().nonnegative() }),
  z.object({
    kind: z.literal('broke'),
    rung: Rung,
    tookMs: z.number().nonnegative(),
    errorClass: ErrorClass,
    error: z.string().max(500),
  }),
]);
export type RungResult = z.infer<typeof RungResult>;

/**
 * What the metadata says about what one client set needs of its home. Counts of partitions and groups. `belowMinIsr` (led, but
 * refusing acks=all) is absent while min.insync.replicas cannot be read, the groups' figures while coordinators cannot be asked.
 */
export const ProtectedLook = z.object({
  partitions: z.number().int().nonnegative(),
  /** Without a leader, or led by a broker that is gone. */
  offline: z.number().int().nonnegative(),
  belowMinIsr: z.number().int().nonnegative().optional(),
  underReplicated: z.number().int().nonnegative(),
  groups: z.number().int().nonnegative().optional(),
  withoutCoordinator: z.number().int().nonnegative().optional(),
  /** Topics with partitions that are offline or below min ISR, those marked critical first; at most 20. */
  impairedTopics: z.array(z.string()).max(20),
});
export type ProtectedLook = z.infer<typeof ProtectedLook>;

/** One climb of one cluster's ladder from one vantage. The last rung listed is where it stopped. */
export const ClusterObservation = z.object({
  pair: Slug,
  cluster: ClusterAlias,
  vantage: Region,
  atMs: EpochMs,
  rungs: z.array(RungResult),
  clusterId: z.string().optional(),
  /** Brokers that the cluster counts as alive. */
  brokers: z.number().int().nonnegative().optional(),
  /** Brokers that hold replicas but are not among those alive. */
  missingBrokers: z.number().int().nonnegative().optional(),
  /** Brokers alive that lead no canary partition: nothing was learnt about their writes. */
  idleBrokers: z.number().int().nonnegative().optional(),
  controller: z.boolean().optional(),
  /** Canary partitions that did not take the write, of all canary partitions. Observations of version 0.1 count idle brokers in. */
  canary: z.object({ partitions: z.number().int(), failed: z.number().int() }).optional(),
  /** By client set that has its home here; sets whose topics may not be described are absent. */
  protected: z.record(Slug, ProtectedLook).optional(),
});
export type ClusterObservation = z.infer<typeof ClusterObservation>;

/** What does not serve of a cluster that serves in part. Shares from 0 to 1. */
export const Impairment = z.object({
  /** Of the canary partitions: the only figure where a client set's own topics cannot be described. */
  canaryShare: z.number().min(0).max(1),
  sets: z.record(Slug, z.object({ share: z.number().min(0).max(1), topics: z.array(z.string()) })),
});
export type Impairment = z.infer<typeof Impairment>;

/** What a stored verdict about a cluster carries beside its kind (StoredVerdict.data). */
export const ClusterVerdictData = z.object({
  allows: z.string(),
  reasons: z.array(z.string()),
  /** Our own running was interrupted: until then nobody acts. */
  settlingUntilMs: EpochMs.optional(),
  impairment: Impairment.optional(),
});
export type ClusterVerdictData = z.infer<typeof ClusterVerdictData>;

/** Ends of one partition: log start, high watermark, last stable offset. */
export const PartitionEnds = z.object({ start: OffsetText, highWatermark: OffsetText, lastStable: OffsetText });
export type PartitionEnds = z.infer<typeof PartitionEnds>;

/** topic -> partition -> T */
const perPartition = <T extends z.ZodType>(value: T) => z.record(z.string(), z.record(z.string(), value));

/** One look at a flow source->target, taken beside the target. Absent = could not be read, never "zero". */
export const FlowObservation = z.object({
  pair: Slug,
  source: ClusterAlias,
  target: ClusterAlias,
  vantage: Region,
  atMs: EpochMs,
  /** Newest record in `heartbeats` on the target, written by this flow's worker. */
  ownHeartbeatMs: EpochMs.optional(),
  /** Newest record in `<source>.heartbeats` on the target: copied from the source, end to end. */
  copiedHeartbeatMs: EpochMs.optional(),
  /** Remote topics on the target. */
  remoteEnds: perPartition(PartitionEnds).optional(),
  /** Topics on the source; absent while the source cannot be read. */
  sourceEnds: perPartition(PartitionEnds).optional(),
  /** Last source offset acknowledged by the target (Connect offsets), per source topic. */
  replicatedOffsets: perPartition(OffsetText).optional(),
  workerMembers: z.number().int().nonnegative().optional(),
  connectorStates: z.record(z.string(), z.string()).optional(),
  problems: z.array(z.string()).default([]),
});
export type FlowObservation = z.infer<typeof FlowObservation>;

/**
 * What a group looks like on one cluster. "active-unreadable": at work, and who owns what cannot be told: its broker does not
 * answer that about a group of the newer protocol (KIP-848), or its partitions are changing hands. Members that are shown all
 * the same own what they are shown with.
 */
export const GroupView = z.object({
  activity: z.enum(['absent', 'empty', 'active', 'active-unreadable', 'unknown']),
  /** Name of the assignor the group agreed on; absent while it has no members, and where the broker assigns. */
  assignor: z.string().optional(),
  /** KIP-848: the broker assigns, to each member of what that member subscribes to, classic ones included. */
  protocol: z.enum(['newer']).optional(),
  members: z.array(
    z.object({
      memberId: z.string(),
      clientId: z.string(),
      /** Address it speaks from, as the cluster sees it. */
      host: z.string().optional(),
      /** group.instance.id, where the group tells it; a classic group shows it in the member id. */
      instanceId: z.string().optional(),
      /** Subscription, where the member's metadata could be decoded. */
      subscribed: z.array(z.string()).optional(),
      /** topic -> partitions */
      assigned: z.record(z.string(), z.array(z.number().int())),
    }),
  ),
});
export type GroupView = z.infer<typeof GroupView>;

/** What was written to the set's topics at home while the set is away: data records, neither markers nor aborted ones. */
export const HomeWrites = z.object({
  /** Of the move that led away. */
  leftHomeAtMs: EpochMs,
  clusterId: z.string(),
  /** First look at home after everybody was to have left; what was there then is no straggler's. */
  sinceMs: EpochMs,
  /** Newest look that could read home's ends. */
  lookedAtMs: EpochMs,
  /** High watermarks at the newest look. */
  ends: perPartition(OffsetText),
  /** By topic; counting stops at a limit per look, so it is a least number. */
  written: z.record(z.string(), z.object({ records: z.number().int().positive(), lastMs: EpochMs })),
});
export type HomeWrites = z.infer<typeof HomeWrites>;

/** While a set is away after a failover: how old its tail at home may be, and how long home's topics keep records. */
export const TailAge = z.object({
  leftHomeAtMs: EpochMs,
  lookedAtMs: EpochMs,
  topics: z.record(
    z.string(),
    z.union([
      z.object({
        /** No uncopied record is older. */
        oldestMs: EpochMs,
        /** retention.ms; null = nothing is deleted by age. */
        retentionMs: z.number().int().nonnegative().nullable(),
      }),
      z.object({ unknown: z.string() }),
    ]),
  ),
});
export type TailAge = z.infer<typeof TailAge>;

/** What a client set would find at its refuge, and how things stand at home. Partition counts; null = no such topic. */
export const SetObservation = z.object({
  pair: Slug,
  clientSet: Slug,
  atMs: EpochMs,
  homeTopics: z.record(z.string(), z.number().int().nullable()).optional(),
  refugeTopics: z.record(z.string(), z.number().int().nullable()).optional(),
  remoteTopics: z.record(z.string(), z.number().int().nullable()).optional(),
  groupsAtRefuge: z.record(z.string(), GroupView).optional(),
  groupsAtHome: z.record(z.string(), GroupView).optional(),
  /** Only while the set is away, and from when home was read. */
  homeWrites: HomeWrites.optional(),
  /** Only while the set is away after a failover. */
  tailAge: TailAge.optional(),
  homeClusterId: z.string().optional(),
  refugeClusterId: z.string().optional(),
  problems: z.array(z.string()).default([]),
});
export type SetObservation = z.infer<typeof SetObservation>;
