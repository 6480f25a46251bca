/** Readiness as assess gathers, tells and counts it; judged in core/readiness. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { READINESS_FINDINGS_METRIC } from '../../core/contracts/environment.ts';
import type { DomainEvent } from '../../core/contracts/events.ts';
import { SEVERITIES } from '../../core/contracts/readiness.ts';
import type { ReadinessDocument } from '../../core/contracts/readiness.ts';
import type { StoredVerdict } from '../../core/contracts/tables.ts';
import type { Remembered } from '../../core/health/memory.ts';
import { countOf, findingsKey } from '../../core/readiness/document.ts';
import type { Looks } from '../../core/readiness/document.ts';
import type { AssessPorts, Flow } from './gather.ts';

/** What cannot be read counts as not looked at: readiness must never hold up the news of an outage. */
export async function readLooks(
  { observations, control, log }: AssessPorts,
  placed: PlacedSet,
  flows: readonly Flow[],
): Promise<Looks> {
  const orElse = async <T>(instead: T, reading: Promise<T>): Promise<T> =>
    reading.catch((error: unknown) => {
      log.warn('readiness is judged with a gap', { clientSet: placed.name, error });
      return instead;
    });
  const [look, seeds, clients] = await Promise.all([
    orElse(null, observations.newestReadiness(placed.name)),
    orElse([], control.seeds(placed.name)),
    orElse(null, control.adoptions(placed.name)),
  ]);
  const newest = (source: string, target: string) =>
    flows.find((flow) => flow.source === source && flow.target === target)?.looks.at(-1) ?? null;
  const producersHeardOf = clients?.some(({ role }) => role === 'producer') ?? 'unknown';
  const { home, refuge } = placed;
  return { look, seeds, producersHeardOf, flow: newest(home, refuge), inbound: newest(refuge, home) };
}

/** What the set's verdict keeps of readiness. */
export interface ReadinessMemory {
  readonly readiness: ReadinessDocument;
  /** Which findings people were told of last; the first ones count as told. */
  readonly toldFindings: string;
}

export interface ReadinessNews {
  /** To be stored first; it still counts as untold. */
  readonly pending: Remembered;
  /** To be stored when the bus has taken the news; absent = nothing is new. Away from home nothing is told. */
  readonly told?: Remembered;
}

/** News: another answer, or other findings than people were told of. @param judged with what else the verdict keeps */
export function readinessNews(
  judged: Remembered,
  { toldFindings }: Partial<ReadinessMemory>,
  document: ReadinessDocument,
): ReadinessNews {
  const present = findingsKey(document);
  const last = toldFindings ?? present;
  const stored = (told: string): StoredVerdict => ({
    ...judged.stored,
    data: { ...(judged.stored.data as object), readiness: document, toldFindings: told },
  });
  if (judged.stored.kind === 'AWAY') return { pending: { stored: stored(last) } };
  if (judged.changedFrom === undefined && present === last) return { pending: { stored: stored(last) } };
  return { pending: { ...judged, stored: stored(last) }, told: { stored: stored(present) } };
}

/** An event has a limit of 256 KB; what follows is in the document. */
const TOLD_FINDINGS = 20;

export const changedEvent = (
  { pair }: PairConfig,
  { clientSet, wouldMove, sentence, findings, atMs }: ReadinessDocument,
): DomainEvent => ({
  name: 'ReadinessChanged',
  detail: {
    pair,
    clientSet,
    ready: wouldMove,
    observedAtMs: atMs,
    sentence,
    findings: findings.slice(0, TOLD_FINDINGS).map(({ fix: _fix, ...told }) => told),
  },
});

export function countFindings({ metrics }: AssessPorts, { pair }: PairConfig, document: ReadinessDocument): void {
  for (const severity of SEVERITIES)
    metrics.put(READINESS_FINDINGS_METRIC, countOf(document, severity), 'Count', {
      pair,
      clientSet: document.clientSet,
      severity,
    });
}
