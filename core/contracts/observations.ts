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

/** One climb of one cluster's ladder from one vantage. The last rung listed is where it stopped. */
export const ClusterObservation = z.object({
  pair: Slug,
  cluster: ClusterAlias,
  vantage: Region,
  atMs: EpochMs,
  rungs: z.array(RungResult),
  clusterId: z.string().optional(),
  brokers: z.number().int().nonnegative().optional(),
  controller: z.boolean().optional(),
  /** Brokers that lead no canary partition, or canary partitions that did not take the write, of all canary partitions. */
  canary: z.object({ partitions: z.number().int(), failed: z.number().int() }).optional(),
});
export type ClusterObservation = z.infer<typeof ClusterObservation>;

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

/** What a group looks like on one cluster. "active-unreadable": listed, but described as Dead, as kafkajs sees KIP-848 groups. */
export const GroupView = z.object({
  activity: z.enum(['absent', 'empty', 'active', 'active-unreadable', 'unknown']),
  /** Name of the assignor the group agreed on; absent while it has no members. */
  assignor: z.string().optional(),
  members: z.array(
    z.object({
      memberId: z.string(),
      clientId: z.string(),
      /** Subscription, where the member's metadata could be decoded. */
      subscribed: z.array(z.string()).optional(),
      /** topic -> partitions */
      assigned: z.record(z.string(), z.array(z.number().int())),
    }),
  ),
});
export type GroupView = z.infer<typeof GroupView>;

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
  homeClusterId: z.string().optional(),
  refugeClusterId: z.string().optional(),
  problems: z.array(z.string()).default([]),
});
export type SetObservation = z.infer<typeof SetObservation>;
