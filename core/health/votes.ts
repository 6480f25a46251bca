/** From one climb of the ladder to one vote. Only transport and service failures vote; whatever else broke is the prober's own trouble. */
import type { ClusterObservation, ErrorClass, RungResult } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';

/**
 * - `up`: the whole ladder held. - `down`: the cluster did not serve. - `partial`: it serves in part (some canary
 * partitions, or writes but neither reads nor group commits). - `abstain`: nothing can be said about service;
 * `signOfLife` when a peer answered in the cluster's own protocol, which speaks against an outage.
 */
export type Vote =
  | { readonly kind: 'up'; readonly atMs: EpochMs }
  | { readonly kind: 'down' | 'partial'; readonly atMs: EpochMs; readonly because: string }
  | { readonly kind: 'abstain'; readonly atMs: EpochMs; readonly signOfLife: boolean; readonly because: string };

type Broke = Extract<RungResult, { kind: 'broke' }>;

const VOTES: Readonly<Record<ErrorClass, 'votes' | 'abstains' | 'abstains, alive'>> = {
  'transport-failure': 'votes',
  'service-failure': 'votes',
  'prober-fault-dns': 'abstains',
  'prober-fault-tls': 'abstains, alive',
  'prober-fault-auth': 'abstains, alive',
  'prober-fault-config': 'abstains',
  'prober-fault-runtime': 'abstains',
  'config-fault-server-cert': 'abstains, alive',
};

/** A stopped process still completes TCP connects, so only an answer in Kafka's protocol is a sign of life. */
const ANSWERED: ReadonlySet<string> = new Set([
  'sasl',
  'api-versions',
  'metadata',
  'canary-write',
  'canary-read',
  'group-commit',
]);

/** Above the canary write the cluster takes records: trouble there is partial, never "down". */
const AFTER_THE_WRITE: ReadonlySet<string> = new Set(['canary-read', 'group-commit']);

export function voteOf(observation: ClusterObservation): Vote {
  const { atMs, rungs, canary } = observation;
  const broke = rungs.find((rung): rung is Broke => rung.kind === 'broke');
  if (broke) return voteOfFailure(observation, broke);
  const last = rungs.at(-1);
  if (last?.rung !== 'group-commit') {
    const because = last ? `the climb stopped after "${last.rung}" without an error` : 'the climb has no rungs';
    return { kind: 'abstain', atMs, signOfLife: last !== undefined && ANSWERED.has(last.rung), because };
  }
  if (canary && canary.failed > 0) return { kind: 'partial', atMs, because: canarySentence(canary) };
  return { kind: 'up', atMs };
}

function voteOfFailure({ atMs, rungs, canary }: ClusterObservation, broke: Broke): Vote {
  const because = `${broke.rung}: ${broke.errorClass} (${broke.error})`;
  if (VOTES[broke.errorClass] === 'votes') {
    const takesSome = canary !== undefined && canary.failed < canary.partitions;
    const partial = AFTER_THE_WRITE.has(broke.rung) || (broke.rung === 'canary-write' && takesSome);
    return { kind: partial ? 'partial' : 'down', atMs, because };
  }
  const answered = rungs.some((rung) => rung.kind === 'held' && ANSWERED.has(rung.rung));
  return { kind: 'abstain', atMs, signOfLife: answered || VOTES[broke.errorClass] === 'abstains, alive', because };
}

const canarySentence = (canary: { readonly partitions: number; readonly failed: number }): string =>
  `canary-write: ${canary.failed} of ${canary.partitions} canary partitions did not take a record`;
