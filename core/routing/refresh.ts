/**
 * A change of the configuration reaches clients that stay where they are: same phase, same epoch, next revision. Pure, and
 * made of nothing but its facts, so that a stored decision can be made again.
 */
import type { PlacedSet } from '../config/pair.ts';
import type { PairConfig } from '../config/schema.ts';
import type { Routing } from '../contracts/routing.ts';
import type { HomeSample, SetState } from '../contracts/tables.ts';
import { planRouting, targetOf } from './plan.ts';
import { valuesOf, type RegionReading } from './regions.ts';
import { outruns } from './revision.ts';
import { routingSizeProblem } from './size.ts';

/** A topic that was seen at home lately, and the groups of the set that lack a position in one of its partitions. */
export interface TopicAtHome {
  readonly topic: string;
  readonly groupsWithout: readonly string[];
}

export interface RefreshFacts {
  readonly clientSet: string;
  readonly home: string;
  readonly refuge: string;
  readonly state: SetState | null;
  /** What the configuration gives for the phase of the state, under the next revision; null while there is no value to replace. */
  readonly wanted: Routing | null;
  readonly readings: readonly RegionReading[];
  /** Sentences, as `whyPaused` gives them. */
  readonly paused: readonly string[];
  readonly atHome: readonly TopicAtHome[];
  /** A person says that consumers may start without a position in a topic that joins. */
  readonly firstStart: boolean;
}

export type RefreshDecision =
  /** `changes`: what clients will find changed, a line for each field, before and after. */
  | {
      readonly kind: 'refresh';
      readonly routing: Routing;
      readonly changes: readonly string[];
      readonly sentence: string;
    }
  /** Clients have all of it already. */
  | { readonly kind: 'nothing'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly sentence: string };

export function decideRefresh(facts: RefreshFacts): RefreshDecision {
  const { clientSet, state, wanted } = facts;
  const refused = (because: string): RefreshDecision => ({
    kind: 'refused',
    sentence: `"${clientSet}" is not refreshed: ${because}`,
  });
  if (state?.routing === undefined || wanted === null)
    return refused('it has no routing value yet; reconcile publishes the first one within a minute');
  if (state.open !== undefined)
    return refused(
      `the ${state.open.move} of epoch ${state.open.epoch} is open, and each value that it publishes is made of the configuration; look again when it is over`,
    );
  const present = state.routing;
  const changes = changesBetween(present, wanted);
  if (changes.length === 0)
    return {
      kind: 'nothing',
      sentence: `revision ${present.revision} of "${clientSet}" is what the configuration says; nothing to refresh`,
    };
  const why = whyNotNow(facts, present) ?? whyNotThis(facts, present, wanted) ?? routingSizeProblem(wanted);
  if (why !== undefined) return refused(why);
  const fields = changes.map((line) => line.slice(0, line.indexOf(':'))).join(', ');
  return {
    kind: 'refresh',
    routing: wanted,
    changes,
    sentence: `revision ${wanted.revision} of "${clientSet}" (${wanted.phase}) replaces revision ${present.revision} and changes ${fields}`,
  };
}

/** The state that carries the new value: whatever repairs regions and tells the bus works from it. */
export const refreshedState = (state: SetState, routing: Routing): SetState => ({
  ...state,
  routing,
  revision: routing.revision,
  // A refresh moves nobody: the event names the move that leads into the phase.
  untoldRouting: {
    revision: routing.revision,
    epoch: state.epoch,
    move: state.phase === 'home' ? 'failback' : (state.leftHomeBy ?? 'failover'),
  },
  version: state.version + 1,
});

/** What a refresh would change now, for `status`: nothing while a move is open, whose publishes bring it anyway. */
export function refreshChanges(config: PairConfig, placed: PlacedSet, state: SetState | null): readonly string[] {
  if (state?.routing === undefined || state.open !== undefined) return [];
  return changesBetween(state.routing, asConfigured({ config, placed, state }, state.routing, state.routing));
}

export interface Wish {
  readonly config: PairConfig;
  readonly placed: PlacedSet;
  readonly state: SetState | null;
  readonly readings: readonly RegionReading[];
  readonly reason: string;
  readonly nowMs: number;
}

/** Null where a refresh has nothing to replace. */
export function wantedRouting({ config, placed, state, readings, reason, nowMs }: Wish): Routing | null {
  if (state?.routing === undefined) return null;
  const revisions = valuesOf(readings).map(({ routing }) => routing.revision);
  return asConfigured({ config, placed, state }, state.routing, {
    revision: Math.max(state.revision, ...revisions) + 1,
    cause: `refresh: ${reason}`,
    issuedAt: new Date(nowMs).toISOString(),
  });
}

/** What the configuration makes of a value that stands: also one of a move that ended half-way goes on saying the same. */
const asConfigured = (
  { config, placed, state }: { readonly config: PairConfig; readonly placed: PlacedSet; readonly state: SetState },
  present: Routing,
  { revision, cause, issuedAt }: Pick<Routing, 'revision' | 'cause' | 'issuedAt'>,
): Routing =>
  planRouting({
    config,
    placed,
    phase: state.phase,
    target: targetOf(present, placed),
    keepBoth: present.consumers.read === 'both',
    epoch: state.epoch,
    revision,
    cause,
    issuedAt,
  });

/** Of the configured topics, those in which home was sampled since `sinceMs`. */
export const topicsAtHome = (
  { set }: Pick<PlacedSet, 'set'>,
  samples: readonly HomeSample[],
  sinceMs: number,
): readonly TopicAtHome[] =>
  set.topics.flatMap((topic) => {
    const fresh = samples.filter((sample) => sample.topic === topic && sample.atMs >= sinceMs);
    const hasAll = ({ partitions }: HomeSample) =>
      Object.values(partitions).every(({ committed }) => committed !== null);
    const placed = new Set(fresh.filter(hasAll).map(({ group }) => group));
    const groupsWithout = set.groups.map(({ id }) => id).filter((group) => !placed.has(group));
    return fresh.length === 0 ? [] : [{ topic, groupsWithout }];
  });

function whyNotNow({ paused, readings }: RefreshFacts, present: Routing): string | undefined {
  if (paused[0] !== undefined) return paused[0];
  const ahead = valuesOf(readings).find(({ routing }) => outruns(routing, present));
  return ahead === undefined
    ? undefined
    : `${ahead.region} holds revision ${ahead.routing.revision}, which is not ours (${present.revision}); reconcile deals with it within a minute, then ask again`;
}

function whyNotThis(facts: RefreshFacts, present: Routing, wanted: Routing): string | undefined {
  const isMove =
    present.producers.cluster !== wanted.producers.cluster || present.consumers.cluster !== wanted.consumers.cluster;
  if (isMove) return 'the configuration sends its clients to another cluster; that is a move, not a refresh';
  if (present.controlRegion !== wanted.controlRegion)
    return `the configuration has it controlled from ${wanted.controlRegion}, its clients know ${present.controlRegion}; a refresh does not hand it over`;
  return present.phase === 'home' ? whyNotJoining(facts, present, wanted) : whyNotAway(facts, present, wanted);
}

/** A consumer that meets one topic without a position stands still with all of them: a person says that it will not. */
function whyNotJoining(
  { home, atHome, firstStart }: RefreshFacts,
  present: Routing,
  wanted: Routing,
): string | undefined {
  const joining = wanted.topics.filter((topic) => !present.topics.includes(topic));
  const unseen = joining.filter((topic) => !atHome.some((seen) => seen.topic === topic));
  if (unseen.length > 0)
    return `${unseen.join(', ')} was not seen at ${home} lately; create it there, or wait a minute for the next look, then ask again`;
  if (firstStart) return undefined;
  const without = atHome.filter(({ topic, groupsWithout }) => joining.includes(topic) && groupsWithout.length > 0);
  if (without.length === 0) return undefined;
  const found = without.map(({ topic, groupsWithout }) => `${groupsWithout.join(', ')} in ${topic}`).join('; ');
  return `no committed position at ${home}: ${found}. A consumer that starts from a committed position only would stand still with all its topics; when its application allows a first start (startWithoutPosition, auto.offset.reset), say so: --first-start`;
}

/** Seeds, pins and the way home are made for the topics with which the set left. */
function whyNotAway({ refuge }: RefreshFacts, present: Routing, wanted: Routing): string | undefined {
  const names = ({ topics, remotePrefix, remoteNames }: Routing) =>
    JSON.stringify([[...topics].sort(), remotePrefix, remoteNames]);
  return names(present) === names(wanted)
    ? undefined
    : `it is away from home, and its topics change at home only: nothing was pinned at ${refuge} for a topic that joins, and nothing would be restored for it on the way back; go home first (start --move failback), or take the topics out of the configuration to refresh the rest`;
}

/** Whatever a client acts on. Not what a publish is about: epoch, revision, cause, time. */
function changesBetween(before: Routing, after: Routing): readonly string[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return Object.keys(was)
    .filter((field) => was[field] !== is[field])
    .map((field) => `${field}: ${was[field]!} -> ${is[field]!}`);
}

const fieldsOf = (routing: Routing): Readonly<Record<string, string>> => ({
  ...endpointFields('producers', routing.producers),
  'producers.state': routing.producers.state,
  ...endpointFields('consumers', routing.consumers),
  'consumers.read': routing.consumers.read,
  // Their order means nothing to anybody.
  topics: [...routing.topics].sort().join(', '),
  remotePrefix: routing.remotePrefix,
  remoteNames: routing.remoteNames === undefined ? 'none' : JSON.stringify(routing.remoteNames),
  controlRegion: routing.controlRegion,
  bus: routing.bus,
  pollSeconds: String(routing.pollSeconds),
});

const endpointFields = (
  role: 'producers' | 'consumers',
  { cluster, bootstrapServers, auth, schemaRegistry }: Routing['producers' | 'consumers'],
): Readonly<Record<string, string>> => ({
  [`${role}.cluster`]: cluster,
  [`${role}.bootstrapServers`]: bootstrapServers.join(', '),
  [`${role}.auth`]: auth,
  [`${role}.schemaRegistry`]: schemaRegistry ?? 'none',
});
