/** Everything a decision is made of, as plain JSON: it is stored with the decision, and deciding it again gives the same. */
import type { PlacedSet } from '../config/pair.ts';
import { remoteTopicOf } from '../config/pair.ts';
import type { GroupConfig, PairConfig } from '../config/schema.ts';
import type { SetObservation } from '../contracts/observations.ts';
import type { EpochMs, Move, Phase, Trigger } from '../contracts/primitives.ts';
import type { Incarnation, ScopedPause, SetState, StoredVerdict } from '../contracts/tables.ts';
import type { ScratchReading, VetoAnswer } from './last-checks.ts';
import type { ExpectedLoss, LossLimit } from './loss.ts';
import type { TogetherRules } from './pairs.ts';
import type { AbovePairs } from './pause.ts';
import type { Repeats } from './repeats.ts';
import { leapFrom } from './without-refuge.ts';

export interface MoveRequest {
  readonly move: Move;
  readonly trigger: Trigger;
  readonly requestedBy: string;
  readonly reason: string;
  readonly force: boolean;
  readonly refugeLost: boolean;
  readonly rebuiltHome: boolean;
  /** Of a person: what this one epoch may leave behind is accepted. */
  readonly acceptDataLoss: boolean;
  readonly expectedEpoch?: number;
  /** Trigger "alarm": which one, and whether it may start a move or only ask for one. */
  readonly alarm?: { readonly name: string; readonly starts: 'automatic' | 'approval' };
  /** Of the outage or recovery that a rule reports. */
  readonly incidentId?: string;
  readonly execution: string;
  readonly startedAtMs: EpochMs;
  /** A person has approved this very claim. */
  readonly approvedBy?: string;
}

export interface MoveFacts {
  readonly nowMs: EpochMs;
  /** after-claim: the claim of `request.execution` stands and is judged again. */
  readonly stance: 'before-claim' | 'after-claim';
  readonly request: MoveRequest;
  readonly place: {
    readonly clientSet: string;
    readonly home: string;
    readonly refuge: string;
    readonly failback: 'approve' | 'automatic' | 'manual';
    readonly topics: readonly { readonly home: string; readonly remote: string }[];
    /** Absent in facts that version 0.1 stored. */
    readonly criticalTopics?: readonly string[];
    readonly groups: readonly GroupConfig[];
    readonly rpo: LossLimit | null;
  };
  readonly state: SetState;
  /** As they may be believed now: stale ones are UNKNOWN already. */
  readonly verdicts: {
    readonly home: StoredVerdict;
    readonly refuge: StoredVerdict;
    readonly outbound: StoredVerdict;
    readonly inbound: StoredVerdict;
  };
  readonly found: SetObservation | null;
  /** Identity that home must have: as it was at the failover, or as configured; null = not known. */
  readonly homeClusterId: string | null;
  /** It is the configured one: who says that home was rebuilt changes the configuration first. */
  readonly homeClusterIdIsConfigured?: true;
  /** Of a failback to a rebuilt home: what is lost with its old log, by the positions of the stay; null = none are stored. */
  readonly lostWithHome?: { readonly records: string; readonly unknownPartitions: number } | null;
  /** Of a failback without the refuge. */
  readonly withoutRefuge?: WithoutRefuge;
  /** Of a failover; after the claim as it was when it was claimed: what grew while a person was asked is that person's to weigh. */
  readonly loss: ExpectedLoss | null;
  /** Of the pair, of its clusters and of every pair; the set's own is in its state. */
  readonly pauses: readonly ScopedPause[];
  /** Absent where the configuration names no table above the pairs. */
  readonly abovePairs?: AbovePairs;
  /** Other sets controlled here whose open epoch waits for no approval. */
  readonly moving: readonly OtherMove[];
  readonly rehearsedAtMs: EpochMs | null;
  /** Producers heard of lately that do not follow the newest revision; read only while the set is away. */
  readonly behind?: readonly string[];
  /** Asked last, when nothing else is in the way; null = not asked. */
  readonly scratch: readonly ScratchReading[] | null;
  readonly veto: VetoAnswer | null;
  readonly rules: MoveFactRules;
}

/** What the home region works from while the refuge is lost. */
export interface WithoutRefuge {
  /** One region controls all sets: there is no copy. */
  readonly isOriginal: boolean;
  /** When the controller at the refuge last kept the copy equal; null = not known. */
  readonly copiedAtMs: EpochMs | null;
  /** Position records of the newest epoch that pinned any. */
  readonly positions: number;
  /** The oldest sample of the groups' positions in the refuge's own topics, of this stay; null = there is none. */
  readonly sampledAtMs: EpochMs | null;
  readonly ordering: 'availability' | 'per-key';
  readonly readsHomeRegion: boolean;
  readonly hasRemoteNames: boolean;
  /** Absent in facts that version 0.1 stored. */
  readonly repeats?: Repeats;
}

export interface OtherMove {
  readonly clientSet: string;
  readonly epoch: number;
  readonly published: boolean;
}

export interface MoveFactRules {
  readonly foundStaleMs: number;
  readonly confirmWithinMs: number;
  /** An outage confirmed by too little evidence must stand this long before a person is asked: more may be coming. */
  readonly uncorroboratedMs: number;
  readonly cooldownMs: number;
  readonly automaticPerDay: number;
  readonly dwellMs: number;
  /** Absent in facts that version 0.1 stored. */
  readonly partialLimitShare?: number;
  /** How long clients have to follow, and how long a silent one counts as alive. Absent in facts that version 0.1 stored. */
  readonly adoptionMs?: number;
  readonly clientSilentMs?: number;
  /** null = no limit. */
  readonly setsAtOnce: number | null;
  /** Absent: no limit. */
  readonly pairsAtOnce?: number;
  /** Absent: however many pairs look down together, nobody is suspected. */
  readonly together?: TogetherRules;
  /** null = no rehearsal is asked for. */
  readonly rehearsalMs: number | null;
}

/** Reports are renewed every minute: five missed ones, and a pair is not heard of any more. */
const TOGETHER_WINDOW_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export const moveRulesOf = ({ moves, probe, shared }: PairConfig): MoveFactRules => ({
  foundStaleMs: Math.max(moves.lagLimitSeconds, probe.staleIntervals * moves.seedIntervalSeconds) * 1000,
  confirmWithinMs: moves.confirmWithinSeconds * 1000,
  uncorroboratedMs: probe.confirmSeconds * 1000,
  cooldownMs: moves.cooldownSeconds * 1000,
  automaticPerDay: moves.automaticPerDay,
  dwellMs: moves.failbackDwellSeconds * 1000,
  partialLimitShare: probe.partialLimitShare,
  adoptionMs: moves.adoptionSeconds * 1000,
  clientSilentMs: moves.clientSilentSeconds * 1000,
  setsAtOnce: moves.setsAtOnce ?? null,
  ...(shared?.pairsAtOnce === undefined ? {} : { pairsAtOnce: shared.pairsAtOnce }),
  ...(shared?.downTogether === undefined
    ? {}
    : { together: { share: shared.downTogether, windowMs: TOGETHER_WINDOW_MS } }),
  rehearsalMs: moves.rehearsalDays === undefined ? null : moves.rehearsalDays * DAY_MS,
});

/** Configured goes before seen: that is what it is configured for. */
export const homeIdentityOf = (
  expectedClusterId: string | undefined,
  incarnation: Incarnation | null,
): Pick<MoveFacts, 'homeClusterId' | 'homeClusterIdIsConfigured'> =>
  expectedClusterId === undefined
    ? { homeClusterId: incarnation?.clusterId ?? null }
    : { homeClusterId: expectedClusterId, homeClusterIdIsConfigured: true };

export const placeOf = (placed: PlacedSet): MoveFacts['place'] => ({
  clientSet: placed.name,
  home: placed.home,
  refuge: placed.refuge,
  failback: placed.set.failback,
  topics: placed.set.topics.map((topic) => ({ home: topic, remote: remoteTopicOf(placed, topic) })),
  criticalTopics: placed.set.criticalTopics,
  groups: placed.set.groups,
  rpo: placed.set.rpo ?? null,
});

/** Where the move starts: after the claim the set is judged as it was when it was claimed. */
export const startPhase = ({ state, stance }: MoveFacts): Phase =>
  stance === 'after-claim' && state.open ? state.open.from : state.phase;

/** The epoch that the move would be, or is; one that takes the place of an open failback is a new one, and one without the refuge leaps. */
export function epochOf({ state, stance, request }: MoveFacts): number {
  if (stance === 'after-claim') return state.epoch;
  return request.refugeLost ? leapFrom(state) : state.epoch + 1;
}

/** Nobody is watching this start: a rule asked, and no person has approved. */
export const isUnattendedStart = ({ request }: Pick<MoveFacts, 'request'>): boolean =>
  request.trigger !== 'manual' && request.approvedBy === undefined;

/** Whether mode, failback policy and alarm let this start run without a person. */
export const runsAlone = (facts: MoveFacts): boolean =>
  isUnattendedStart(facts) &&
  facts.state.mode === 'automatic' &&
  (facts.request.move !== 'failback' || facts.place.failback === 'automatic') &&
  facts.request.alarm?.starts !== 'approval';
