/** From where a client set stands to the routing value it is to obey. Pure: epoch, revision and time come from outside. */
import { busOf, clusterOf, seenFromRefuge, type PlacedSet } from '../config/pair.ts';
import type { PairConfig } from '../config/schema.ts';
import type { Move, Phase } from '../contracts/primitives.ts';
import type { ClusterEndpoint, ProducerState, Read, Routing } from '../contracts/routing.ts';

/**
 * Whom one publish is about. `returning` is published twice: for consumers, then for producers; under per-key order `recovering`
 * as well: for everyone, then for producers.
 */
export type PublishTarget = 'consumers' | 'producers' | 'everyone';

export interface RoutingRequest {
  readonly config: PairConfig;
  readonly placed: PlacedSet;
  readonly phase: Phase;
  readonly target: PublishTarget;
  /** The drain ended at its deadline under the policy `keep-both`: consumers go on reading the remote topics beside their own. */
  readonly keepBoth: boolean;
  readonly epoch: number;
  readonly revision: number;
  readonly cause: string;
  /** ISO 8601, UTC. */
  readonly issuedAt: string;
}

/** Who goes where in one phase. `home` and `refuge` are places, not cluster names. */
export interface PhasePlan {
  readonly producers: { readonly at: 'home' | 'refuge'; readonly state: ProducerState };
  readonly consumers: { readonly at: 'home' | 'refuge'; readonly read: Read };
}

/** The table of docs/architecture.md, "Phases": what each phase means under each ordering policy. */
export function planPhase(request: Pick<RoutingRequest, 'phase' | 'target' | 'keepBoth' | 'placed'>): PhasePlan {
  // Under per-key order producers wait while somebody still works through what they wrote before.
  const whileOthersFinish: ProducerState = request.placed.set.ordering === 'per-key' ? 'hold' : 'active';
  switch (request.phase) {
    case 'home':
      return { producers: { at: 'home', state: 'active' }, consumers: { at: 'home', read: 'local' } };
    case 'draining':
      return { producers: { at: 'refuge', state: whileOthersFinish }, consumers: { at: 'refuge', read: 'remote' } };
    case 'refuge':
      return {
        producers: { at: 'refuge', state: 'active' },
        consumers: { at: 'refuge', read: request.keepBoth ? 'both' : 'local' },
      };
    case 'leaving':
      return { producers: { at: 'refuge', state: whileOthersFinish }, consumers: { at: 'home', read: 'local' } };
    case 'returning':
      return {
        producers:
          request.target === 'consumers' ? { at: 'refuge', state: 'active' } : { at: 'home', state: whileOthersFinish },
        consumers: { at: 'refuge', read: 'local' },
      };
    // Under per-key order producers wait for what the refuge had copied; what it keeps may come at any time.
    case 'recovering':
      return {
        producers: { at: 'home', state: request.target === 'producers' ? 'active' : whileOthersFinish },
        consumers: { at: 'home', read: 'both' },
      };
  }
}

/** Remote topics of home at the refuge; in phase `recovering` those of the refuge at home. */
function remoteNaming({ config, placed, phase }: RoutingRequest): Pick<Routing, 'remotePrefix' | 'remoteNames'> {
  if (phase === 'recovering') return { remotePrefix: seenFromRefuge(config, placed).remotePrefix };
  const { remoteNames } = placed.set;
  return { remotePrefix: placed.remotePrefix, ...(remoteNames === undefined ? {} : { remoteNames }) };
}

/** The longest cause a value carries: it is for people, and the value must stay below 4 KB. */
const MAX_CAUSE = 200;

export function planRouting(request: RoutingRequest): Routing {
  const { config, placed } = request;
  const plan = planPhase(request);
  return {
    schema: 1,
    pair: config.pair,
    clientSet: placed.name,
    epoch: request.epoch,
    revision: request.revision,
    phase: request.phase,
    producers: { ...endpoint(config, placed[plan.producers.at]), state: plan.producers.state },
    consumers: { ...endpoint(config, placed[plan.consumers.at]), read: plan.consumers.read },
    topics: [...placed.set.topics],
    ...remoteNaming(request),
    controlRegion: placed.controlRegion,
    bus: busOf(config),
    pollSeconds: placed.set.pollSeconds,
    cause: causeText(request.cause),
    issuedAt: request.issuedAt,
  };
}

function endpoint(config: PairConfig, alias: string): ClusterEndpoint {
  const cluster = clusterOf(config, alias);
  return {
    cluster: alias,
    bootstrapServers: cluster.bootstrapServers,
    auth: cluster.auth,
    ...(cluster.schemaRegistry === undefined ? {} : { schemaRegistry: cluster.schemaRegistry }),
  };
}

/** Parameter Store refuses values with `{{`, its own reference syntax; people may well type that into a reason. */
function causeText(cause: string): string {
  const text = cause.replaceAll('{{', '{ {').trim();
  if (text === '') return 'not stated';
  const short = text.length <= MAX_CAUSE ? text : `${text.slice(0, MAX_CAUSE - 3)}...`;
  // Half a character would not come back from a store as it went in, and the value would differ from itself for ever.
  return short.toWellFormed();
}

/**
 * How far a value is on the way of its move, so that a late re-run of an earlier stage never takes clients back:
 * failover draining (1) then refuge (2); failback returning consumers (1), returning producers (2), home (3). A
 * switchover that was taken back ends at home, behind everything else that it could have published.
 */
export function progressOf(move: Move, phase: Phase, target: PublishTarget): number {
  const way: readonly string[] = WAYS[move];
  return Math.max(way.indexOf(`${phase} ${target}`), way.indexOf(phase)) + 1;
}

const WAYS: Readonly<Record<Move, readonly string[]>> = {
  failover: ['draining', 'refuge'],
  switchover: ['leaving', 'refuge', 'home'],
  // With a refuge the first two, without one the next; the fourth only under per-key order.
  failback: ['returning consumers', 'returning producers', 'recovering', 'recovering producers', 'home'],
};

/** Which publish of its phase a stored value was. */
export const targetOf = (routing: Routing, { home, set }: Pick<PlacedSet, 'home' | 'set'>): PublishTarget => {
  if (routing.phase === 'returning') return routing.producers.cluster === home ? 'producers' : 'consumers';
  const isLet = routing.phase === 'recovering' && set.ordering === 'per-key' && routing.producers.state === 'active';
  return isLet ? 'producers' : 'everyone';
};

/** Do consumers that obey this value read nothing but their own topics? */
export const readsOnlyLocal = (routing: Routing): boolean => routing.consumers.read === 'local';
