/** What a moved client set would find at its refuge: topics, remote topics, groups and their assignors. */
import { own } from '../config/pair.ts';
import type { GroupView, SetObservation } from '../contracts/observations.ts';
import { instant, seconds } from '../health/words.ts';
import type { MoveFacts } from './facts.ts';
import { startPhase } from './facts.ts';
import type { Check } from './guard.ts';
import { fails, unless } from './guard.ts';

/**
 * Assignors that give each member only what that member subscribed to. The stock one of kafkajs ("RoundRobinAssigner")
 * is not among them: its leader assigns its own topic list to everybody. Unknown names are not trusted.
 */
export const SUBSCRIPTION_AWARE_ASSIGNORS: readonly string[] = [
  'mm2-failover',
  'range',
  'roundrobin',
  'sticky',
  'cooperative-sticky',
  'uniform',
];

/** The newest look at the set's two places, or why there is none that can be used. */
export function freshLook({ found, nowMs, rules, place }: MoveFacts): SetObservation | { readonly missing: string } {
  if (!found) return { missing: `nobody has looked at what ${place.clientSet} would find at ${place.refuge}` };
  const ageMs = nowMs - found.atMs;
  if (ageMs <= rules.foundStaleMs) return found;
  return {
    missing: `the last look at ${place.refuge} for ${place.clientSet} is of ${instant(found.atMs)}, ${seconds(ageMs)} old, allowed ${seconds(rules.foundStaleMs)}`,
  };
}

const looking = (facts: MoveFacts, fine: string, problems: (look: SetObservation) => readonly string[]): Check => {
  const look = freshLook(facts);
  return 'missing' in look ? fails(look.missing) : unless(problems(look), fine);
};

export interface TopicGap {
  readonly topic: string;
  /** null = no such topic. */
  readonly there: number | null;
  /** Partitions at home or, home unread, of the remote topic; 0 = not known. */
  readonly needed: number;
}

/** Protected topics that the refuge lacks, or has with too few partitions. Nothing where the refuge was not read. */
export const topicGaps = (
  topics: MoveFacts['place']['topics'],
  { refugeTopics, homeTopics, remoteTopics }: SetObservation,
): readonly TopicGap[] =>
  refugeTopics === undefined
    ? []
    : topics
        .map(({ home: topic, remote }) => ({
          topic,
          there: own(refugeTopics, topic) ?? null,
          needed: own(homeTopics ?? {}, topic) ?? own(remoteTopics ?? {}, remote) ?? 0,
        }))
        .filter(({ there, needed }) => there === null || there < needed);

/** Each protected topic exists at the refuge, with no fewer partitions than at home (or, home unread, than its remote topic). */
export const checkTopics = (facts: MoveFacts): Check =>
  looking(facts, `all topics exist at ${facts.place.refuge} with enough partitions`, (look) => {
    const { topics, refuge } = facts.place;
    if (!look.refugeTopics) return [`topics at ${refuge} could not be read`];
    return topicGaps(topics, look).map(({ topic, there, needed }) =>
      there === null
        ? `topic "${topic}" does not exist at ${refuge}; create it`
        : `topic "${topic}" has ${there} partitions at ${refuge}, needed ${needed}; add partitions`,
    );
  });

export const checkRemoteTopics = (facts: MoveFacts): Check =>
  looking(facts, `all remote topics exist at ${facts.place.refuge}`, ({ remoteTopics }) => {
    const { topics, refuge } = facts.place;
    if (!remoteTopics) return [`remote topics at ${refuge} could not be read`];
    return topics
      .filter(({ remote }) => (own(remoteTopics, remote) ?? null) === null)
      .map(({ remote }) => `remote topic "${remote}" does not exist at ${refuge}; is it replicated?`);
  });

/** Members that are at the refuge already must survive the arrival of members with another subscription. */
export const checkGroups = (facts: MoveFacts): Check =>
  looking(facts, `no group at ${facts.place.refuge} would break by the move`, ({ groupsAtRefuge }) => {
    const { groups, refuge } = facts.place;
    if (!groupsAtRefuge) return [`groups at ${refuge} could not be read`];
    // On the way back the set's own consumers are still there.
    const isThereItself = startPhase(facts) === 'returning';
    return groups.flatMap(({ id, mode }) => {
      const view = own(groupsAtRefuge, id);
      if (!view || view.activity === 'unknown') return [`group "${id}" at ${refuge} could not be read`];
      if (mode === 'home-only' && isThereItself) return [];
      return mode === 'home-only' ? strangersIn(id, view, refuge) : brokenAssignor(id, view, refuge);
    });
  });

const strangersIn = (id: string, view: GroupView, refuge: string): readonly string[] =>
  view.members.length > 0 || view.activity === 'active-unreadable'
    ? [
        `group "${id}" is declared home-only, but has members at ${refuge} (${clientsOf(view.members)}); stop them or declare it shared`,
      ]
    : [];

function brokenAssignor(id: string, { assignor, protocol, members }: GroupView, refuge: string): readonly string[] {
  if (members.length === 0 || protocol === 'newer') return [];
  if (SUBSCRIPTION_AWARE_ASSIGNORS.some((name) => name === assignor)) return [];
  const named = assignor === undefined ? 'an unknown assignor' : `assignor "${assignor}"`;
  return [
    `group "${id}" at ${refuge} uses ${named}, which may give members topics they did not subscribe to; allowed: ${SUBSCRIPTION_AWARE_ASSIGNORS.join(', ')}`,
  ];
}

/** A live owner keeps its position and would overwrite the pin. Wildcard groups own remote topics by declaration. */
export const checkUnowned = (facts: MoveFacts): Check =>
  looking(facts, 'nobody owns partitions of the remote topics', ({ groupsAtRefuge }) => {
    const remotes = facts.place.topics.map(({ remote }) => remote);
    return facts.place.groups
      .filter(({ mode }) => mode !== 'reads-remote')
      .flatMap(({ id }) => {
        const owners = (own(groupsAtRefuge ?? {}, id)?.members ?? []).filter(({ assigned }) =>
          remotes.some((topic) => (own(assigned, topic) ?? []).length > 0),
        );
        return owners.length > 0
          ? [`group "${id}" already reads the remote topics at ${facts.place.refuge}: ${clientsOf(owners)}; stop them`]
          : [];
      });
  });

/** One group on two clusters would process everything twice. */
export const checkNobodyHome = (facts: MoveFacts): Check =>
  looking(facts, `no member of the set's groups is at ${facts.place.home}`, ({ groupsAtHome }) => {
    const { groups, home } = facts.place;
    if (!groupsAtHome) return [`groups at ${home} could not be read`];
    return groups.flatMap(({ id }) => {
      const view = own(groupsAtHome, id);
      if (!view || view.activity === 'unknown') return [`group "${id}" at ${home} could not be read`];
      if (view.activity === 'active-unreadable') return [`group "${id}" is active at ${home}; stop its members`];
      return view.members.length > 0
        ? [`group "${id}" has members at ${home}: ${clientsOf(view.members)}; stop them`]
        : [];
    });
  });

const clientsOf = (members: GroupView['members']): string =>
  [...new Set(members.map(({ clientId }) => clientId))].sort().join(', ') || 'unnamed';
