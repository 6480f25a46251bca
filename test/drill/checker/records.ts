/**
 * What a run left behind, in the words of the checker. Everything here was written down by clients, by the observer or read
 * from the brokers' own logs; nothing is what the controller believes, except where the field says "stated".
 */
import type { EpochMs, GroupMode, Phase } from '../../../core/contracts/primitives.ts';

export type SetName = string;

/** What a producer did with one record. `unknown` is not `failed`: the broker may have it. `aborted`: on purpose, never committed. */
export interface Produced {
  readonly producer: string;
  readonly set: SetName;
  readonly seq: number;
  readonly key: string;
  readonly topic: string;
  readonly cluster: string;
  readonly result: 'ok' | 'failed' | 'unknown' | 'aborted';
  /** Present where the broker acknowledged. */
  readonly partition?: number;
  readonly offset?: bigint;
  readonly sentAtMs: EpochMs;
  /** When the answer arrived. */
  readonly atMs: EpochMs;
  readonly revision: number;
}

/** One record that a consumer processed. */
export interface Processed {
  readonly group: string;
  readonly member: string;
  readonly set: SetName;
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly producer: string;
  readonly seq: number;
  readonly key: string;
  readonly atMs: EpochMs;
  readonly revision: number;
}

/** A client says that it now lives under a revision. */
export interface Adopted {
  readonly client: string;
  readonly set: SetName;
  readonly role: 'producer' | 'consumer';
  readonly cluster: string;
  readonly revision: number;
  readonly atMs: EpochMs;
}

/** A partition's content at the end, from the broker. */
export interface PartitionLog {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly { readonly offset: bigint; readonly id: string }[];
}

/** A routing value as the observer saw it appear in a region. */
export interface SeenRouting {
  readonly set: SetName;
  readonly region: string;
  readonly epoch: number;
  readonly revision: number;
  readonly phase: Phase;
  readonly producers: { readonly cluster: string; readonly state: string };
  readonly consumers: { readonly cluster: string; readonly read: string };
  readonly atMs: EpochMs;
}

/** Positions the controller stated before it moved anybody: the bound of duplicates is made of these. */
export interface StatedPosition {
  /** Of the move that was about to begin. */
  readonly epoch: number;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly homeCommit: bigint | null;
  readonly seed: bigint | null;
  readonly remoteEnd: bigint;
  readonly restore: bigint | null;
  readonly drained: bigint | null;
  /** When the pin was done; absent where its stage is not known. */
  readonly pinnedMs?: EpochMs;
  /** What home may process again after the return, as stated before it; null = stated as unknown, absent = not stated. */
  readonly reprocess?: bigint | null;
}

/** A position that a group committed, or that was committed for it, as the cluster's own log of them holds it. */
export interface Commit {
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Null where it was deleted. */
  readonly offset: bigint | null;
  readonly atMs: EpochMs;
}

export interface StoredDecision {
  readonly set: SetName;
  readonly epochSeen: number;
  readonly kind: string;
  readonly move: string;
  readonly trigger: string;
  readonly requestedBy: string;
  readonly sentence: string;
  readonly atMs: EpochMs;
  /** Decided again from its stored inputs it came out otherwise: how. */
  readonly differs?: string;
}

export interface OwedGroup {
  readonly id: string;
  /** `reads-remote`: its members read topics and copies on both clusters, so each cluster's logs are owed there. */
  readonly mode: GroupMode;
  /** Set whose producers' records it is owed; absent = those of every producer, wherever they were written. */
  readonly owedBy?: SetName;
  /** Set whose consumers moved with the failed cluster; the group's pins belong to it. */
  readonly movedSet?: SetName;
}

export interface Kill {
  readonly set: SetName;
  readonly atMs: EpochMs;
  /** Until then brokers believe in the dead members, and their groups may have to wait. */
  readonly forgottenMs: EpochMs;
}

/** The whole run, as the drill did it. */
export interface Marks {
  readonly startedMs: EpochMs;
  readonly endedMs: EpochMs;
}

/** One outage with all that leads to it and follows from it, as the drill did or saw it. */
export interface Round {
  /** What happened from here on belongs to this round, until the next one begins. */
  readonly fromMs: EpochMs;
  readonly killedMs: EpochMs;
  /** Absent: home did not come back. */
  readonly restartedMs?: EpochMs;
  /** Ends of the remote topics read from the refuge's brokers while home was down: `<topic>-<partition>` -> end. */
  readonly remoteEnds: ReadonlyMap<string, bigint>;
}

export interface RunRecord {
  readonly failed: string;
  readonly refuge: string;
  /** The set that lives on the failed cluster. */
  readonly movedSet: SetName;
  readonly topics: readonly string[];
  readonly remotePrefix: string;
  readonly ordering: 'availability' | 'per-key';
  /** How the failover was to be started. */
  readonly trigger: 'automatic' | 'manual' | 'alarm';
  /** A person moved plain clients; `seen` and `decisions` are what that person did, nothing was deployed. */
  readonly naive?: boolean;
  readonly groups: readonly OwedGroup[];
  readonly produced: readonly Produced[];
  readonly processed: readonly Processed[];
  readonly adopted: readonly Adopted[];
  readonly logs: readonly PartitionLog[];
  /** Of all groups, per cluster and group in the order in which they were made. */
  readonly commits: readonly Commit[];
  readonly seen: readonly SeenRouting[];
  readonly stated: readonly StatedPosition[];
  readonly decisions: readonly StoredDecision[];
  /** Records that one client may have processed without having committed them: declared before the run. */
  readonly inFlightPerMember: number;
  /** Producers abort some transactions on purpose, and every consumer reads committed records only. */
  readonly aborting?: boolean;
  /** A set's clients were killed and started again, by the drill. */
  readonly kills?: readonly Kill[];
  readonly marks: Marks;
  /** Outages of the same cluster, one after the other; at least one. */
  readonly rounds: readonly Round[];
}

export const idOf = (record: { readonly producer: string; readonly seq: number }): string =>
  `${record.producer}#${record.seq}`;
