/** One look at both clusters of the pair from this vantage. It only observes; whatever happens becomes an observation. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { ClusterObservation } from '../../core/contracts/observations.ts';
import { windowRulesOf } from '../../core/health/rules.ts';
import { voteOf } from '../../core/health/votes.ts';
import type { Ports } from '../ports.ts';

export type ProbePorts = Pick<Ports, 'probe' | 'observations' | 'clock' | 'metrics' | 'log'>;

export interface ProbeTurn {
  readonly kind: 'observed';
  readonly sentence: string;
}

/** Both ladders at once, so that one dead cluster does not delay the look at the other. Throws when an observation could not be stored. */
export const probeClusters =
  (ports: ProbePorts, config: PairConfig, here: { readonly region: string }) => async (): Promise<ProbeTurn> => {
    const climbs = await Promise.allSettled(
      Object.keys(config.clusters).map((cluster) => probeOne(ports, config, { cluster, vantage: here.region })),
    );
    const failed = climbs.flatMap((climb) => (climb.status === 'rejected' ? [climb.reason as unknown] : []));
    if (failed.length > 0)
      throw new AggregateError(failed, `${failed.length} of ${climbs.length} observations could not be stored`);
    return {
      kind: 'observed',
      sentence: climbs.flatMap((climb) => (climb.status === 'fulfilled' ? [climb.value] : [])).join('; '),
    };
  };

async function probeOne(
  ports: ProbePorts,
  config: PairConfig,
  { cluster, vantage }: { readonly cluster: string; readonly vantage: string },
): Promise<string> {
  const startedAtMs = ports.clock.nowMs();
  const seen = await ports.probe.climb(cluster).catch((error: unknown) => brokenProber(ports, cluster, error));
  const atMs = ports.clock.nowMs();
  const observation: ClusterObservation = { ...seen, cluster, pair: config.pair, vantage, atMs };
  await ports.observations.putCluster(observation);
  return count(ports, config, observation, atMs - startedAtMs);
}

/** A prober that breaks says nothing about the cluster: the observation abstains, and it is not lost. */
function brokenProber(
  { log }: ProbePorts,
  cluster: string,
  error: unknown,
): Pick<ClusterObservation, 'cluster' | 'rungs'> {
  log.error('the climb broke', { cluster, error });
  const text = error instanceof Error ? error.message : String(error);
  return {
    cluster,
    rungs: [{ kind: 'broke', rung: 'dns', tookMs: 0, errorClass: 'prober-fault-runtime', error: text.slice(0, 500) }],
  };
}

function count({ metrics }: ProbePorts, config: PairConfig, observation: ClusterObservation, tookMs: number): string {
  const { pair, cluster, vantage, rungs } = observation;
  const vote = voteOf(observation, windowRulesOf(config));
  const dimensions = { pair, cluster, vantage };
  metrics.put('ProbeMilliseconds', tookMs, 'Milliseconds', dimensions);
  for (const kind of ['up', 'degraded', 'gray', 'partial', 'down', 'abstain'] as const)
    metrics.put(`ProbeVote.${kind}`, vote.kind === kind ? 1 : 0, 'Count', dimensions);
  const top = rungs.findLast((rung) => rung.kind === 'held')?.rung ?? 'no rung';
  return `${cluster}: ${vote.kind}, up to ${top}${'because' in vote ? ` (${vote.because})` : ''}`;
}
