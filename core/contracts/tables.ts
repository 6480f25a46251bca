/** Items of the control table, as the code sees them (keys are the adapter's business; access patterns: docs/architecture.md). */
import * as z from 'zod';
import {
  ClusterAlias,
  EpochMs,
  GroupMode,
  MissingSyncs,
  Mode,
  Move,
  OffsetText,
  Phase,
  Slug,
  Trigger,
} from './primitives.ts';
import { Routing } from './routing.ts';
import { TailFields } from './tail.ts';
import { WorkflowInput } from './workflow.ts';

/** Why one execution owns an epoch. Lives inside the set's state while open, and as a record of its own for ever. */
export const Claim = z.object({
  epoch: z.number().int().positive(),
  move: Move,
  trigger: Trigger,
  requestedBy: z.string(),
  reason: z.string(),
  execution: z.string(),
  claimedAtMs: EpochMs,
  /** Where the set was when it was claimed: where an abort goes back to. */
  from: Phase,
  input: WorkflowInput,
  decisionId: z.string(),
  approval: z.enum(['not-needed', 'pending', 'given']),
  approvedBy: z.string().optional(),
  /** First routing value of this epoch is out: only forward from here. */
  published: z.boolean(),
  /** The move whose place this failover took, because home was lost. Without its kind: an older release's failback. */
  supersedes: z.object({ epoch: z.number().int().positive(), execution: z.string(), move: Move.optional() }).optional(),
  /** Switchover: a person takes it back. Its next step leads home again. */
  undo: z.object({ by: z.string(), reason: z.string(), atMs: EpochMs }).optional(),
});
export type Claim = z.infer<typeof Claim>;

export const Pause = z.object({
  owner: z.string().min(1),
  reason: z.string().min(1),
  untilMs: EpochMs,
  setAtMs: EpochMs,
});
export type Pause = z.infer<typeof Pause>;

const WholePair = z.object({ kind: z.literal('pair') });
const OneCluster = z.object({ kind: z.literal('cluster'), cluster: ClusterAlias });
const EveryPair = z.object({ kind: z.literal('all') });

/** What a pause in a pair's own table is about: the whole pair, or every set that lives on a cluster or would go there. */
export const PairScope = z.discriminatedUnion('kind', [WholePair, OneCluster]);
export type PairScope = z.infer<typeof PairScope>;

export const PairPause = Pause.extend({ scope: PairScope });
export type PairPause = z.infer<typeof PairPause>;

/** What any wider pause is about. `all`: every pair that names the same shared table; it lies in that table. */
export const PauseScope = z.discriminatedUnion('kind', [WholePair, OneCluster, EveryPair]);
export type PauseScope = z.infer<typeof PauseScope>;

export const ScopedPause = Pause.extend({ scope: PauseScope });
export type ScopedPause = z.infer<typeof ScopedPause>;

/** A client set that moves, as its pair has entered it in the table above the pairs. */
export const PairMove = z.object({
  pair: Slug,
  clientSet: Slug,
  epoch: z.number().int().positive(),
  /** Renewed while the move is open; later it says nothing. */
  untilMs: EpochMs,
});
export type PairMove = z.infer<typeof PairMove>;

/** A pair that would move by itself if fewer others did; one entry, however many of its sets wait. */
export const PairWait = z.object({
  pair: Slug,
  sinceMs: EpochMs,
  /** Renewed each time that it asks again; later it says nothing. */
  untilMs: EpochMs,
});
export type PairWait = z.infer<typeof PairWait>;

/** All of them in one record, because the limit is about all of them. */
export const PairMoves = z.object({
  moves: z.array(PairMove),
  /** Who gets the next place, the first one first. Absent: nobody waits. */
  waiting: z.array(PairWait).optional(),
  /** Optimistic lock: each write requires the value it read; 0 = never written. */
  version: z.number().int().nonnegative(),
});
export type PairMoves = z.infer<typeof PairMoves>;

/** What a pair last told the others: that it looks, and what it holds for lost. */
export const OutageReport = z.object({
  pair: Slug,
  atMs: EpochMs,
  /** Confirmed down as of `atMs`. */
  clusters: z.array(ClusterAlias),
  /** When one was last seen confirmed down; absent = never. */
  downAtMs: EpochMs.optional(),
});
export type OutageReport = z.infer<typeof OutageReport>;

/** The last time that a move of the set was tried out and nothing but a healthy home stood in its way. */
export const Rehearsal = z.object({
  atMs: EpochMs,
  by: z.string(),
  /** `dry-run`: of a start; `failover`: a real one went through. */
  kind: z.enum(['dry-run', 'failover']),
});
export type Rehearsal = z.infer<typeof Rehearsal>;

/** State of a client set: the item that every claim is a conditional write on. */
export const SetState = z.object({
  pair: Slug,
  clientSet: Slug,
  /** Newest epoch ever claimed; 0 before the first move. */
  epoch: z.number().int().nonnegative(),
  /** Newest revision ever allotted. */
  revision: z.number().int().nonnegative(),
  phase: Phase,
  /** The routing value that clients are to obey now; absent before reconcile wrote the first one. */
  routing: Routing.optional(),
  /** The newest publish of a move or a refresh, until the bus has taken its RoutingPublished; reconcile tells it again. */
  untoldRouting: z
    .object({ revision: z.number().int().positive(), epoch: z.number().int().nonnegative(), move: Move })
    .optional(),
  open: Claim.optional(),
  mode: Mode,
  modeSetBy: z.string(),
  pause: Pause.optional(),
  /** End of the newest automatic failover, for cooldown (G5). */
  lastAutomatic: z
    .object({ epoch: z.number().int(), finishedAtMs: EpochMs, acknowledgedBy: z.string().optional() })
    .optional(),
  /** Starts of automatic failovers within the last day, newest last. */
  automaticStartsMs: z.array(EpochMs),
  /** When the last clients of the set left its home and its refuge, for dwell times and for who stayed behind. */
  leftHomeAtMs: EpochMs.optional(),
  /** The move by which it last left home. Absent: an older release's, which knew failovers only. */
  leftHomeBy: Move.optional(),
  returnedHomeAtMs: EpochMs.optional(),
  /** Ways home that ended because home was lost again, since the set was last at home for good. */
  superseded: z
    .object({ epoch: z.number().int().positive(), atMs: EpochMs, times: z.number().int().positive() })
    .optional(),
  /**
   * Newest epoch that the home region has claimed without the refuge. Equal to `epoch`: that claim stands, or its move is
   * over. Below it: the controller at the refuge knew nothing of it when it was given up, and went on.
   */
  leapt: z.number().int().positive().optional(),
  /** A person said no (reject, abort) to the move that this incident asked for: it does not start again by itself. */
  rejected: z.object({ incidentId: z.string(), by: z.string(), atMs: EpochMs }).optional(),
  /** Optimistic lock: each write requires the value it read. */
  version: z.number().int().nonnegative(),
});
export type SetState = z.infer<typeof SetState>;

/** A decision, also a refused one, with everything it was made of. Stored before anything is done. */
export const Decision = z.object({
  id: z.string(),
  pair: Slug,
  clientSet: Slug,
  atMs: EpochMs,
  epochSeen: z.number().int().nonnegative(),
  move: Move,
  trigger: Trigger,
  requestedBy: z.string(),
  kind: z.string(),
  sentence: z.string(),
  reasons: z.array(z.string()),
  /** `skipped`: it stood in the way, and a person's force passed over it; it counts as holding then. */
  guards: z.array(
    z.object({ id: z.string(), holds: z.boolean(), skipped: z.boolean().optional(), sentence: z.string() }),
  ),
  inputs: z.unknown(),
  configVersion: z.string(),
});
export type Decision = z.infer<typeof Decision>;

const SETTINGS: readonly string[] = ['pause', 'unpause', 'mode', 'acknowledge-cooldown'];
const REFRESHES: readonly string[] = ['refresh', 'refresh-refused'];

/** What a record is about. Of a setting of a person, of a refresh, and of routing that `reconcile` wrote, the stored `move` says nothing. */
export const aboutOf = ({ kind, trigger }: Pick<Decision, 'kind' | 'trigger'>): 'move' | 'setting' | 'routing' =>
  trigger === 'reconcile' || REFRESHES.includes(kind) ? 'routing' : SETTINGS.includes(kind) ? 'setting' : 'move';

/** Verdict about a cluster or a flow as assess last stored it. `sinceMs` survives as long as the kind stays. */
export const StoredVerdict = z.object({
  subject: z.string(),
  kind: z.string(),
  sinceMs: EpochMs,
  judgedAtMs: EpochMs,
  sentence: z.string(),
  incidentId: z.string().optional(),
  /** The incident that ended last: what a recovery is a recovery from. */
  lastIncidentId: z.string().optional(),
  /** Kinds short of an incident that a person may be asked about: since when each has come and gone, and when it was seen last. */
  troubles: z.record(z.string(), z.object({ sinceMs: EpochMs, seenMs: EpochMs })).optional(),
  /** The kind from which it changed, until the bus has taken that news. */
  untoldFrom: z.string().optional(),
  /** Runs of assess: the newest one, to see gaps in our own running. */
  data: z.unknown().optional(),
});
export type StoredVerdict = z.infer<typeof StoredVerdict>;

/** Sample of a group's position and the log ends of a topic at home, for the day home is gone. */
export const HomeSample = z.object({
  group: z.string(),
  topic: z.string(),
  atMs: EpochMs,
  clusterId: z.string(),
  partitions: z.record(z.string(), z.object({ committed: OffsetText.nullable(), end: OffsetText, start: OffsetText })),
  /** Ends of all partitions together at the last looks, oldest first, this one included: how fast producers write. */
  recent: z.array(z.object({ atMs: EpochMs, end: OffsetText })).optional(),
});
export type HomeSample = z.infer<typeof HomeSample>;

/** Our own seed of a remote topic, and the home position it was computed for. */
export const SeedRecord = z.object({
  group: z.string(),
  topic: z.string(),
  atMs: EpochMs,
  /** When all partitions were last committed together: commits expire, so they are renewed. */
  renewedAtMs: EpochMs.optional(),
  /** Which cluster behind home's alias the home positions were of; another one is another log. */
  clusterId: z.string().optional(),
  /** Which cluster behind the refuge's alias the seeds are positions of. Absent: an older release's. */
  refugeClusterId: z.string().optional(),
  partitions: z.record(
    z.string(),
    z.object({
      seed: OffsetText,
      forHomePosition: OffsetText.nullable(),
      homePositionBefore: OffsetText.nullable(),
      /** Everything that was weighed for it. Absent: an older release's, or what a restore left. */
      because: z.string().optional(),
      missingSyncs: MissingSyncs.optional(),
    }),
  ),
});
export type SeedRecord = z.infer<typeof SeedRecord>;

/** Where a group at rest stands at home while its set is away, so that it can be committed again before, or after, it expires. */
export const KeptRecord = z.object({
  group: z.string(),
  topic: z.string(),
  clusterId: z.string(),
  /** Of which stay. */
  leftHomeAtMs: EpochMs,
  atMs: EpochMs,
  /** When the group was first seen without members. */
  restingSinceMs: EpochMs,
  /** When all that stood there was last committed again; absent: never. */
  renewedAtMs: EpochMs.optional(),
  /** When what had expired was last written again; absent: never. */
  rewrittenAtMs: EpochMs.optional(),
  /** Empty: the group has had members since. `deletedAtMs`: gone before it can have expired, so somebody deleted it. */
  partitions: z.record(z.string(), z.object({ position: OffsetText, deletedAtMs: EpochMs.optional() })),
});
export type KeptRecord = z.infer<typeof KeptRecord>;

/** C, S, d and u* of one group and home topic in one epoch (docs/architecture.md, "Positions"). */
export const PositionRecord = z.object({
  epoch: z.number().int().positive(),
  group: z.string(),
  groupMode: GroupMode,
  topic: z.string(),
  clusterId: z.string(),
  atMs: EpochMs,
  partitions: z.record(
    z.string(),
    z.object({
      /** C: home's commit at failover; null = unknown or none. */
      homeCommit: OffsetText.nullable(),
      /** S: where the group started in the remote topic; null = nothing to pin (reads-remote). */
      seed: OffsetText.nullable(),
      /** End of the remote topic when it was pinned: bound of duplicates = remoteEnd - seed. */
      remoteEnd: OffsetText,
      /** What was written for the refuge's own topic; null = left as it was. */
      localPin: OffsetText.nullable(),
      /** d: largest commit in the remote topic seen since. */
      drained: OffsetText.nullable(),
      /** u*: largest home position that d was ever translated to. */
      restore: OffsetText.nullable(),
      /**
       * What the group had processed of the remote topic before this pin, in the same stay: home was lost again on the way
       * back. Absent where the stay began with this epoch.
       */
      processed: z.object({ from: OffsetText, to: OffsetText }).optional(),
      /**
       * Records processed at the refuge that home processes again from u* on, at most; null = unknown, for the reason given.
       * Absent: nobody has translated yet.
       */
      reprocess: z.object({ atMost: OffsetText.nullable(), because: z.string() }).optional(),
      ...TailFields.shape,
      /** Log end at home when last sampled, and how many records were known not to be replicated. */
      homeEnd: OffsetText.nullable(),
      tail: OffsetText.nullable(),
      /** Why S is what it is, everything that was weighed. */
      note: z.string(),
    }),
  ),
});
export type PositionRecord = z.infer<typeof PositionRecord>;

/**
 * Where a group of a set that lives at its refuge would go on at home without it, per partition of a topic of the set, kept by
 * the home region; `again`: records from there on that it may have processed already, at most.
 */
export const HomewardRecord = z.object({
  group: z.string(),
  topic: z.string(),
  atMs: EpochMs,
  /** Which cluster the positions at the refuge were of; empty = none was seen. */
  refugeClusterId: z.string(),
  /** In the topic at home. */
  own: z.record(z.string(), z.object({ position: OffsetText, again: OffsetText })),
  /** In the remote topic with what was written at the refuge; `ofRefuge`: the position there that it answers for. */
  copies: z.record(z.string(), z.object({ position: OffsetText, ofRefuge: OffsetText.nullable(), again: OffsetText })),
});
export type HomewardRecord = z.infer<typeof HomewardRecord>;

/** A client as it last made itself heard. */
export const Adoption = z.object({
  pair: Slug,
  clientSet: Slug,
  role: z.enum(['producer', 'consumer']),
  clientId: z.string(),
  group: z.string().optional(),
  epoch: z.number().int().nonnegative(),
  revision: z.number().int().nonnegative(),
  active: z.boolean(),
  note: z.string().optional(),
  /** It was stopped in order. */
  left: z.boolean().optional(),
  atMs: EpochMs,
});
export type Adoption = z.infer<typeof Adoption>;

/** Memory of one stage of one epoch: what it allotted, saw and concluded, so that it may run twice. */
export const StageRecord = z.object({
  epoch: z.number().int().positive(),
  stage: z.string(),
  firstAtMs: EpochMs,
  lastAtMs: EpochMs,
  kind: z.string().optional(),
  sentence: z.string().optional(),
  /** Revision allotted by a publish stage. */
  revision: z.number().int().positive().optional(),
  data: z.unknown().optional(),
});
export type StageRecord = z.infer<typeof StageRecord>;

/** Identity of a cluster as last seen; another id behind the same alias is another log. */
export const Incarnation = z.object({
  cluster: ClusterAlias,
  clusterId: z.string(),
  seenAtMs: EpochMs,
  /** When this id took the place of another one: offset syncs from before speak of logs that are gone. */
  replacedAtMs: EpochMs.optional(),
  /** The same by topic, where a person said that home was rebuilt and its log was found to be another one. */
  newLogs: z.record(z.string(), EpochMs).optional(),
});
export type Incarnation = z.infer<typeof Incarnation>;

/** Since when a topic of this cluster is the log that it is now; 0 = it is not known to have been another one. */
export const logSinceMs = (incarnation: Incarnation | null, topic: string): EpochMs =>
  Math.max(incarnation?.replacedAtMs ?? 0, incarnation?.newLogs?.[topic] ?? 0);
