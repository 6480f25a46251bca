/** From one climb of the ladder to one vote. Only transport and service failures vote; whatever else broke is the prober's own trouble. */
import { names } from '../config/pair.ts';
import type { ClusterObservation, ErrorClass, Impairment, Rung, RungResult } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import { impairmentOf, impairmentSentence } from './impairment.ts';

/**
 * From best to worst:
 * - `up`: the whole ladder held. - `degraded`: it held, but redundancy is missing. - `gray`: the metadata is fine, yet some
 * writes, reads or commits get no answer, or only slow ones. - `partial`: the cluster itself says that a part does not
 * serve. - `down`: it did not serve; `answered` when it still told its metadata.
 * - `abstain`: nothing can be said about service; `signOfLife` when a peer answered in the cluster's own protocol,
 * which speaks against an outage.
 */
export type Vote =
  | { readonly kind: 'up'; readonly atMs: EpochMs }
  | { readonly kind: 'degraded' | 'gray'; readonly atMs: EpochMs; readonly because: string }
  | {
      readonly kind: 'partial' | 'down';
      readonly atMs: EpochMs;
      readonly because: string;
      readonly impairment?: Impairment;
      readonly answered?: true;
    }
  | {
      readonly kind: 'abstain';
      readonly atMs: EpochMs;
      readonly signOfLife: boolean;
      readonly because: string;
      readonly errorClass?: ErrorClass;
    };

export interface VoteRules {
  /** A rung above the metadata that takes longer is slow. */
  readonly slowRungMs: number;
}

type Broke = Extract<RungResult, { kind: 'broke' }>;

/** `votes`, or abstains: with the word that a peer answered (`alive`), or without. */
const VOTES: Readonly<Record<ErrorClass, 'votes' | 'alive' | null>> = {
  'transport-failure': 'votes',
  'service-failure': 'votes',
  'prober-fault-dns': null,
  'prober-fault-tls': 'alive',
  'prober-fault-auth': 'alive',
  'prober-fault-config': null,
  'prober-fault-runtime': null,
  'config-fault-server-cert': 'alive',
};

/** Rungs on which the cluster does its work, after it told who is in it. */
const SERVICE: ReadonlySet<Rung> = new Set(['canary-write', 'canary-read', 'group-commit']);

/** A stopped process still completes TCP connects, so only an answer in Kafka's protocol is a sign of life. */
const ANSWERED: ReadonlySet<string> = new Set(['sasl', 'api-versions', 'metadata', ...SERVICE]);

export function voteOf(observation: ClusterObservation, rules: VoteRules): Vote {
  const { atMs, rungs } = observation;
  const broke = rungs.find((rung): rung is Broke => rung.kind === 'broke');
  if (broke) return voteOfFailure(observation, broke);
  const last = rungs.at(-1);
  if (last?.rung !== 'group-commit') {
    const because = last ? `the climb stopped after "${last.rung}" without an error` : 'the climb has no rungs';
    return { kind: 'abstain', atMs, signOfLife: last !== undefined && ANSWERED.has(last.rung), because };
  }
  return voteOfService(observation, rules);
}

/** The ladder held: does all of the cluster serve, quickly, and with its redundancy? */
function voteOfService(observation: ClusterObservation, { slowRungMs }: VoteRules): Vote {
  const { atMs, rungs } = observation;
  const impairment = impairmentOf(observation);
  if (impairment) return { kind: 'partial', atMs, because: impairmentSentence(impairment), impairment };
  const slow = rungs.filter(({ rung, tookMs }) => SERVICE.has(rung) && tookMs > slowRungMs);
  if (slow.length > 0) {
    const because = slow.map(({ rung, tookMs }) => `${rung} took ${Math.round(tookMs)} ms`).join(', ');
    return { kind: 'gray', atMs, because: `${because}, allowed ${slowRungMs} ms` };
  }
  const missing = missingRedundancy(observation);
  return missing === '' ? { kind: 'up', atMs } : { kind: 'degraded', atMs, because: missing };
}

function missingRedundancy({
  missingBrokers = 0,
  idleBrokers = 0,
  canary,
  controller,
  protected: sets = {},
}: ClusterObservation): string {
  const thin = Object.values(sets).reduce((sum, { underReplicated }) => sum + underReplicated, 0);
  return [
    ...(missingBrokers > 0 ? [`${missingBrokers} brokers that hold replicas are missing`] : []),
    ...(idleBrokers > 0 ? [idleSentence(idleBrokers, canary?.partitions)] : []),
    ...(controller === false ? ['there is no controller'] : []),
    ...(thin > 0 ? [`${thin} protected partitions are under-replicated`] : []),
  ].join(', ');
}

/** A broker that joined later: nobody but people gives it a canary partition, so the sentence says how. */
const idleSentence = (idleBrokers: number, partitions: number | undefined): string =>
  `${idleBrokers} brokers lead no canary partition${partitions === undefined ? '' : ` (kafka-topics.sh --alter --topic ${names.canaryTopic} --partitions ${partitions + idleBrokers})`}`;

function voteOfFailure(observation: ClusterObservation, broke: Broke): Vote {
  const { atMs, rungs } = observation;
  const because = `${broke.rung}: ${broke.errorClass} (${broke.error})`;
  const weight = VOTES[broke.errorClass];
  if (weight !== 'votes') {
    const answered = rungs.some((rung) => rung.kind === 'held' && ANSWERED.has(rung.rung));
    const signOfLife = answered || weight === 'alive';
    return { kind: 'abstain', atMs, signOfLife, because, errorClass: broke.errorClass };
  }
  if (!SERVICE.has(broke.rung)) return { kind: 'down', atMs, because };
  return voteOfBrokenService(observation, broke, because);
}

/** What takes no record at all is down. What takes some: the cluster says why (partial), or stays silent (gray). */
function voteOfBrokenService(observation: ClusterObservation, broke: Broke, because: string): Vote {
  const { atMs, canary } = observation;
  const impairment = impairmentOf(observation);
  const known = impairment ? { impairment } : {};
  const takesNone = canary === undefined || canary.failed >= canary.partitions;
  if (broke.rung === 'canary-write' && takesNone) return { kind: 'down', atMs, because, answered: true, ...known };
  const setsHit = Object.values(impairment?.sets ?? {}).some(({ share }) => share > 0);
  if (broke.errorClass === 'transport-failure' && !setsHit) return { kind: 'gray', atMs, because };
  return { kind: 'partial', atMs, because, ...known };
}
