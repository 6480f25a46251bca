/** One turn of judgement: observations -> verdicts -> readiness -> what the rules are told. It acts on nothing. */
import type { PairConfig } from '../../core/config/schema.ts';
import { setsControlledFrom } from '../../core/config/pair.ts';
import { NOT_HEALTHY_METRIC } from '../../core/contracts/environment.ts';
import type { DomainEvent } from '../../core/contracts/events.ts';
import type { ClusterVerdictData } from '../../core/contracts/observations.ts';
import type { StoredVerdict } from '../../core/contracts/tables.ts';
import { judgeFlow, witnessOf } from '../../core/health/flow.ts';
import { clusterDataOf, remember } from '../../core/health/memory.ts';
import type { Judged, Remembered } from '../../core/health/memory.ts';
import { judgePair } from '../../core/health/pair.ts';
import { flowRulesOf, runningRulesOf, windowRulesOf } from '../../core/health/rules.ts';
import { settlingUntil } from '../../core/health/running.ts';
import { gather } from './gather.ts';
import type { AssessPorts, Cluster, Gathered } from './gather.ts';
import { store, tellChange } from './news.ts';
import { assessSet } from './sets.ts';
import { reportOutage } from './together.ts';

export interface AssessTurn {
  readonly kind: 'assessed';
  readonly sentence: string;
  readonly verdicts: ReadonlyMap<string, StoredVerdict>;
}

export const assess =
  (ports: AssessPorts, config: PairConfig, here: { readonly region: string }) => async (): Promise<AssessTurn> => {
    const gathered = await gather(ports, config);
    const { nowMs } = gathered;
    const judged = [...judgeFlows(config, gathered), ...judgeClusters(config, gathered)];
    const kept = judged.map(({ previous, ...verdict }) =>
      remember(previous, verdict, { rules: runningRulesOf(config), nowMs }),
    );
    for (const one of kept) await store(ports, one);
    const verdicts = new Map(kept.map(({ stored }) => [stored.subject, stored]));
    measure(ports, config, verdicts);
    await reportOutage(ports, config, { verdicts, nowMs });
    // Side by side: a bus that hangs costs a turn its patience once, not once per set and change.
    await allOf([
      ...setsControlledFrom(config, here.region).map((placed) =>
        assessSet(ports, config, { placed, verdicts, flows: gathered.flows, nowMs }),
      ),
      ...kept
        .filter(({ changedFrom }) => changedFrom !== undefined)
        .map((one) => tellChange(ports, one, changeEvent(config, one, nowMs))),
    ]);
    return {
      kind: 'assessed',
      sentence: [...verdicts.values()].map(({ subject, kind }) => `${subject} ${kind}`).join(', '),
      verdicts,
    };
  };

/** Waits for all of them, also when one fails; then fails as the first that did. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

type WithPrevious = Judged & { readonly previous: StoredVerdict | null };

function judgeClusters(config: PairConfig, { clusters, flows, nowMs }: Gathered): readonly WithPrevious[] {
  const settlingUntilMs = settlingOf(config, clusters, nowMs);
  const watched = clusters.map((cluster) => ({
    ...cluster,
    // Replication *from* this cluster is the second witness of its life.
    witness: witnessOf(flows.find(({ source }) => source === cluster.alias)?.looks ?? [], flowRulesOf(config), nowMs),
    incidentOpen: cluster.previous?.incidentId !== undefined,
  }));
  const rules = {
    window: windowRulesOf(config),
    acceptSingleVantage: config.probe.acceptSingleVantage,
    settlingUntilMs,
  };
  const verdicts = judgePair(watched, rules, nowMs);
  return clusters.flatMap(({ alias, subject, previous }) => {
    const verdict = verdicts.get(alias);
    if (!verdict) return [];
    const { kind, sentence, failingSinceMs, allows, reasons, impairment } = verdict;
    const data: ClusterVerdictData = {
      allows,
      reasons: [...reasons],
      ...(settlingUntilMs === undefined ? {} : { settlingUntilMs }),
      ...(impairment ? { impairment } : {}),
    };
    return [{ subject, kind, sentence, previous, data, ...(failingSinceMs === undefined ? {} : { failingSinceMs }) }];
  });
}

/** All clusters are judged in one turn, so what one of them keeps is true of all. */
function settlingOf(config: PairConfig, clusters: readonly Cluster[], nowMs: number): number | undefined {
  const previous = clusters[0]?.previous;
  const last = previous && {
    turnMs: previous.judgedAtMs,
    settlingUntilMs: clusterDataOf(previous)?.settlingUntilMs,
  };
  const instants = clusters.flatMap(({ observations }) => [...observations.values()].flat().map(({ atMs }) => atMs));
  const newestSeenMs = instants.length > 0 ? Math.max(...instants) : undefined;
  return settlingUntil(last ?? undefined, runningRulesOf(config), { nowMs, newestSeenMs });
}

function judgeFlows(config: PairConfig, { flows, nowMs }: Gathered): readonly WithPrevious[] {
  return flows.map(({ source, target, subject, looks, previous }) => {
    const { kind, sentence, lagRecords, copiedHeartbeatAgeMs, ownHeartbeatAgeMs } = judgeFlow(
      `${source}->${target}`,
      looks,
      flowRulesOf(config),
      nowMs,
    );
    const data = {
      lagRecords: lagRecords === null ? null : String(lagRecords),
      copiedHeartbeatAgeMs,
      ownHeartbeatAgeMs,
    };
    return { subject, kind, sentence, data, previous };
  });
}

const changeEvent = (
  { pair }: PairConfig,
  { stored: { subject, kind, sentence }, changedFrom: from = kind }: Remembered,
  observedAtMs: number,
): DomainEvent => ({
  name: 'VerdictChanged',
  detail: { pair, subject, from, to: kind, observedAtMs, sentence },
});

function measure({ metrics }: AssessPorts, { pair }: PairConfig, verdicts: ReadonlyMap<string, StoredVerdict>): void {
  metrics.put('AssessTurns', 1, 'Count', { pair });
  for (const { subject, kind, data } of verdicts.values()) {
    metrics.put(NOT_HEALTHY_METRIC, kind === 'HEALTHY' ? 0 : 1, 'Count', { pair, subject });
    if (subject.startsWith('cluster:'))
      metrics.put('ConfirmedDown', kind.startsWith('CONFIRMED_DOWN') ? 1 : 0, 'Count', { pair, subject });
    const { lagRecords, copiedHeartbeatAgeMs } = (data ?? {}) as {
      readonly lagRecords?: string | null;
      readonly copiedHeartbeatAgeMs?: number | null;
    };
    if (typeof lagRecords === 'string')
      metrics.put('ReplicationLagRecords', Number(lagRecords), 'Count', { pair, subject });
    if (typeof copiedHeartbeatAgeMs === 'number')
      metrics.put('CopiedHeartbeatAgeSeconds', copiedHeartbeatAgeMs / 1000, 'Seconds', { pair, subject });
  }
}
