/** Facts about how well both sides are prepared for a move, and the words findings are made of. */
import type { FlowObservation, SetObservation } from '../contracts/observations.ts';
import type { EpochMs, IncompleteHistory } from '../contracts/primitives.ts';
import type { Finding, PreparationId, Reading, ReadinessLook } from '../contracts/readiness.ts';
import type { SeedRecord, StoredVerdict } from '../contracts/tables.ts';
import type { MoveFacts } from '../move/facts.ts';
import type { IsolationLevel } from '../replication/lag.ts';
import type { OffsetSyncsLocation } from '../replication/names.ts';

/** One of the two clusters, as far as commands and checks need it. */
export interface Side {
  readonly alias: string;
  readonly servers: string;
  /** Kafka's tools need a file with credentials there. */
  readonly secured: boolean;
  /** `iam`: rights are IAM policies, which Kafka cannot list. */
  readonly rights: 'acls' | 'iam';
  readonly registry?: string;
}

export interface PreparationRules {
  /** A look older than this says nothing about now. */
  readonly staleMs: number;
  /** Heartbeats older than this are stale. */
  readonly freshMs: number;
  readonly longestOutageMs: number;
  readonly mirrorMakerVersion?: string;
  readonly offsetSyncsLocation: OffsetSyncsLocation;
  /** As declared for both flows. */
  readonly exactlyOnce: boolean;
  /** How both flows read, as declared or as it follows from `exactlyOnce`. */
  readonly isolationLevel: IsolationLevel;
  readonly separator: string;
  /** Whether internal topics have the separator too. */
  readonly internalSeparator: boolean;
  readonly explained: readonly { readonly finding: string; readonly subject: string; readonly because: string }[];
}

/** How a move is to tell that the producers of the set have followed it. */
export interface ProducersKnown {
  /** Has any acknowledged a routing value in the last 30 days? */
  readonly heardOf: boolean | 'unknown';
  /** A time is declared for those that never do. */
  readonly declared: boolean;
}

export interface Preparation {
  readonly nowMs: EpochMs;
  readonly place: MoveFacts['place'];
  readonly home: Side;
  readonly refuge: Side;
  /** Flow home -> refuge. */
  readonly outbound: StoredVerdict;
  /** Kind of the verdict about home. */
  readonly homeVerdict: string;
  /** Newest looks; null = none that may be used. */
  readonly flow: FlowObservation | null;
  /** At the flow refuge -> home. */
  readonly inbound: FlowObservation | null;
  readonly found: SetObservation | null;
  readonly look: ReadinessLook | null;
  readonly producers: ProducersKnown;
  /** Positions that are kept current in the remote topics. */
  readonly seeds: readonly SeedRecord[];
  /** The set's choice for syncs that are missing without a proof. */
  readonly incompleteHistory: IncompleteHistory;
  readonly rules: PreparationRules;
}

export type Check = (facts: Preparation) => readonly Finding[];
/** A check of what only the slow look knows. */
export type LookCheck = (facts: Preparation & { readonly look: ReadinessLook }) => readonly Finding[];

export interface Found {
  readonly cluster: string;
  readonly subject: string;
  readonly sentence: string;
  readonly fix: string;
}

export const warns = (id: PreparationId, found: Found): Finding => ({ id, severity: 'warns', ...found });
export const informs = (id: PreparationId, found: Found): Finding => ({ id, severity: 'informs', ...found });
export const unknown = (id: PreparationId, found: Found): Finding => ({ id, severity: 'unknown', ...found });

/** What was read, or one finding of severity "unknown" in its place. */
export function ifRead<T>(
  id: PreparationId,
  cluster: string,
  subject: string,
  reading: Reading<T>,
  judge: (value: T) => readonly Finding[],
): readonly Finding[] {
  if (reading.kind === 'read') return judge(reading.value);
  const sentence = `${subject} of ${cluster} could not be read: ${reading.because}`;
  return [unknown(id, { cluster, subject, sentence, fix: `give probe-replication the way and the right to read it` })];
}

/** Both sides were read, or a finding for each that was not. */
export const ifBothRead = <T>(
  id: PreparationId,
  subject: string,
  [homeAlias, home]: readonly [string, Reading<T>],
  [refugeAlias, refuge]: readonly [string, Reading<T>],
  judge: (home: T, refuge: T) => readonly Finding[],
): readonly Finding[] =>
  home.kind === 'read' && refuge.kind === 'read'
    ? judge(home.value, refuge.value)
    : [...ifRead(id, homeAlias, subject, home, () => []), ...ifRead(id, refugeAlias, subject, refuge, () => [])];
