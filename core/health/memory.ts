/** From one judgement to the next: since when a verdict stands, which outage it belongs to, and when it is too old to use. */
import { ClusterVerdictData } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import type { StoredVerdict } from '../contracts/tables.ts';
import { allowsOf, endsIncident, opensIncident } from './cluster.ts';
import { wasInterrupted } from './running.ts';
import type { RunningRules } from './running.ts';
import { instant, seconds } from './words.ts';

export interface Judged {
  readonly subject: string;
  readonly kind: string;
  readonly sentence: string;
  /** Clusters: since when vantages fail to use it; names the incident. */
  readonly failingSinceMs?: EpochMs;
  readonly data?: unknown;
}

export interface Remembered {
  readonly stored: StoredVerdict;
  /** The kind that was told last, where it was another one. The very first verdict is no change. */
  readonly changedFrom?: string;
}

export interface MemoryRules extends RunningRules {
  /** A trouble that was not seen for so long is over; the next one is another. */
  readonly recoverMs: number;
}

/**
 * An incident lasts from the first confirmation until it is recovered, whatever verdicts lie between, and keeps its id. How long
 * a verdict has stood counts from when we last began to watch without interruption: nobody saw it stand before.
 */
export function remember(
  previous: StoredVerdict | null,
  judged: Judged,
  { rules, nowMs }: { readonly rules: MemoryRules; readonly nowMs: EpochMs },
): Remembered {
  const same = previous?.kind === judged.kind;
  const stays = same && !wasInterrupted(previous.judgedAtMs, rules, nowMs);
  const incidentId = incidentOf(previous, judged, nowMs);
  const stored: StoredVerdict = {
    subject: judged.subject,
    kind: judged.kind,
    sinceMs: stays ? previous.sinceMs : nowMs,
    judgedAtMs: nowMs,
    sentence: judged.sentence,
    ...(incidentId === undefined ? {} : { incidentId }),
    ...lastIncident(previous, incidentId),
    ...troublesOf(previous, judged, { recoverMs: rules.recoverMs, nowMs }),
    ...(judged.data === undefined ? {} : { data: judged.data }),
  };
  const changedFrom = previous?.untoldFrom ?? previous?.kind ?? judged.kind;
  return changedFrom === judged.kind ? { stored } : { stored, changedFrom };
}

function incidentOf(previous: StoredVerdict | null, judged: Judged, nowMs: EpochMs): string | undefined {
  if (endsIncident(judged.kind)) return undefined;
  if (previous?.incidentId !== undefined) return previous.incidentId;
  if (!opensIncident(judged.kind)) return undefined;
  return `${judged.subject.replace(':', '-')}-${instant(judged.failingSinceMs ?? nowMs)}`;
}

function lastIncident(
  previous: StoredVerdict | null,
  incidentId: string | undefined,
): Pick<StoredVerdict, 'lastIncidentId'> {
  const last = incidentId === undefined ? (previous?.incidentId ?? previous?.lastIncidentId) : previous?.lastIncidentId;
  return last === undefined ? {} : { lastIncidentId: last };
}

/** A person who said no to a trouble is not asked again because it flickers. */
function troublesOf(
  previous: StoredVerdict | null,
  { kind }: Judged,
  { recoverMs, nowMs }: { readonly recoverMs: number; readonly nowMs: EpochMs },
): Pick<StoredVerdict, 'troubles'> {
  const lately = Object.entries(previous?.troubles ?? {}).filter(([, { seenMs }]) => nowMs - seenMs < recoverMs);
  const troubles = Object.fromEntries(lately);
  if (allowsOf(kind) !== 'nothing' && !opensIncident(kind))
    troubles[kind] = { sinceMs: troubles[kind]?.sinceMs ?? nowMs, seenMs: nowMs };
  return Object.keys(troubles).length === 0 ? {} : { troubles };
}

/** Which outage or trouble a verdict about a cluster belongs to. */
export const causeIdOf = ({ subject, kind, sinceMs, incidentId, troubles }: StoredVerdict): string =>
  incidentId ?? `${subject.replace(':', '-')}-${kind}-${instant(troubles?.[kind]?.sinceMs ?? sinceMs)}`;

/** What a stored verdict about a cluster carries beside its kind; null = none, or of another release. */
export const clusterDataOf = ({ data }: Pick<StoredVerdict, 'data'>): ClusterVerdictData | null =>
  ClusterVerdictData.safeParse(data).data ?? null;

/** Our own running was interrupted not long ago: the picture may be old, so nobody acts on it. */
export function isSettling(verdict: StoredVerdict, nowMs: EpochMs): boolean {
  return nowMs < (clusterDataOf(verdict)?.settlingUntilMs ?? nowMs);
}

/** What may be believed now of what was stored: a verdict that is missing or too old is UNKNOWN, never healthy. */
export function currentVerdict(
  subject: string,
  stored: StoredVerdict | null,
  staleMs: number,
  nowMs: EpochMs,
): StoredVerdict {
  if (!stored) return unknown(subject, nowMs, `${subject} has not been judged yet`);
  const ageMs = nowMs - stored.judgedAtMs;
  const was = `${subject} was ${stored.kind}, but that verdict`;
  if (ageMs > staleMs) return unknown(subject, nowMs, `${was} is ${seconds(ageMs)} old, allowed ${seconds(staleMs)}`);
  if (ageMs < -staleMs) return unknown(subject, nowMs, `${was} lies ${seconds(-ageMs)} in the future`);
  return stored;
}

const unknown = (subject: string, nowMs: EpochMs, sentence: string): StoredVerdict => ({
  subject,
  kind: 'UNKNOWN',
  sinceMs: nowMs,
  judgedAtMs: nowMs,
  sentence,
});
