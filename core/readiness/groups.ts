/** What members of both sides would do to each other in one group on one cluster. The guards look at what refuses a move. */
import type { GroupView } from '../contracts/observations.ts';
import type { Finding } from '../contracts/readiness.ts';
import type { Check, LookCheck, Preparation } from './preparation.ts';
import { ifRead, informs, warns } from './preparation.ts';

interface Both {
  readonly id: string;
  readonly home: GroupView | undefined;
  readonly refuge: GroupView | undefined;
}

const groupsOf = ({ place, found }: Preparation): readonly Both[] =>
  place.groups.map(({ id }) => ({ id, home: found?.groupsAtHome?.[id], refuge: found?.groupsAtRefuge?.[id] }));

/**
 * Where a broker does not show the members of a group of the newer protocol, commits alone tell who reads. One whose partitions
 * change hands is shown with its members, and is no finding: a moment later it is stable.
 */
export const checkGroupKind: Check = (facts) =>
  groupsOf(facts).flatMap(({ id, home, refuge }) => {
    const sides = [
      [facts.home.alias, home],
      [facts.refuge.alias, refuge],
    ] as const;
    const hidden = sides.filter(([, view]) => view?.activity === 'active-unreadable' && view.members.length === 0);
    return [...hidden.map(([cluster]) => membersHidden(id, cluster)), ...kindsDiffer(id, sides)];
  });

const membersHidden = (id: string, cluster: string): Finding =>
  informs('group-kind', {
    cluster,
    subject: id,
    sentence: `group "${id}" at ${cluster} is at work and does not show who owns which partition: it uses the newer protocol (KIP-848), and the brokers do not tell us. It moves like any other; adoption waits for acknowledgements, and a position in a remote topic that somebody has touched holds the move, because nobody can tell whether a member reads there`,
    fix: 'brokers from Kafka 4.0 on, and Describe on all topics that its members read; as long as the consumers that move use the same protocol as those they join nothing has to be done: the other kind may be refused',
  });

/** Only sides with members have a kind. */
function kindsDiffer(id: string, sides: readonly (readonly [string, GroupView | undefined])[]): readonly Finding[] {
  const newer = sides.find(([, view]) => view?.protocol === 'newer');
  const classic = sides.find(([, view]) => view?.activity === 'active' && view.protocol === undefined);
  if (newer === undefined || classic === undefined) return [];
  return [
    informs('group-kind', {
      cluster: newer[0],
      subject: id,
      sentence: `group "${id}" uses the newer protocol (KIP-848) at ${newer[0]} and the classic one at ${classic[0]}: after a move both kinds meet in one group, which brokers allow only under a group.consumer.migration.policy that says so`,
      fix: `let the consumers of "${id}" use the same group.protocol on both sides, or look at that setting on the brokers of both clusters`,
    }),
  ];
}

/** Only the assignor that a group agreed on is seen. Members without a common one are refused (INCONSISTENT_GROUP_PROTOCOL). */
export const checkAssignors: Check = (facts) =>
  groupsOf(facts).flatMap(({ id, home, refuge }) => {
    const [here, there] = [home?.assignor, refuge?.assignor];
    if (here === undefined || there === undefined || here === there) return [];
    return [
      warns('group-assignors', {
        cluster: facts.refuge.alias,
        subject: id,
        sentence: `group "${id}" agreed on "${here}" at ${facts.home.alias} and on "${there}" at ${facts.refuge.alias}: unless all members offer both, those that move are refused`,
        fix: `let all consumers of "${id}" offer one common assignor (partition.assignment.strategy), then restart them one by one`,
      }),
    ];
  });

/** A member id is its client id, or its static id, followed by a uuid that the broker adds. */
const UUID_TAIL = /^(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function staticIdOf({ memberId, clientId, instanceId }: GroupView['members'][number]): string | undefined {
  if (instanceId !== undefined) return instanceId;
  const given = UUID_TAIL.exec(memberId)?.[1];
  return given === undefined || given === clientId ? undefined : given;
}

export const checkStaticMembers: Check = (facts) =>
  groupsOf(facts).flatMap(({ id, home, refuge }) =>
    onBothSides(home, refuge, staticIdOf).map((name) =>
      warns('static-members', {
        cluster: facts.refuge.alias,
        subject: `${id} ${name}`,
        sentence: `group.instance.id "${name}" of group "${id}" is used at ${facts.home.alias} and at ${facts.refuge.alias}: after a move the two fence each other`,
        fix: `give the consumers of "${id}" on each side a group.instance.id of their own, such as "${facts.home.alias}-${name}"`,
      }),
    ),
  );

export const checkClientIds: Check = (facts) =>
  groupsOf(facts).flatMap(({ id, home, refuge }): readonly Finding[] => {
    const both = onBothSides(home, refuge, ({ clientId }) => clientId);
    if (both.length === 0) return [];
    return [
      informs('client-ids', {
        cluster: facts.refuge.alias,
        subject: id,
        sentence: `clients of group "${id}" have the same client id on both sides (${both.join(', ')}): after a move quotas and the names of stragglers do not tell them apart`,
        fix: 'give each client set client ids of its own',
      }),
    ];
  });

/** Kafka tells neither whose they are nor whether their producers live: after a stay at the refuge they are known there for a week. */
export const checkTransactionalIds: LookCheck = ({ home, refuge, look }) =>
  ifRead('transactional-ids', refuge.alias, 'transactional ids', look.sharedTransactionalIds, (ids) =>
    ids.length === 0
      ? []
      : [
          informs('transactional-ids', {
            cluster: refuge.alias,
            subject: 'transactional ids',
            sentence: `${ids.length} transactional id(s) are known to ${home.alias} and to ${refuge.alias} (${ids.slice(0, SHOWN_IDS).join(', ')}${ids.length > SHOWN_IDS ? ', ...' : ''}): if each side has a producer of that name, the two fence each other after a move`,
            fix: `let transactional.id begin with the client set's name; ids left from an earlier stay at ${refuge.alias} disappear after a week`,
          }),
        ],
  );

const SHOWN_IDS = 5;

function onBothSides(
  home: GroupView | undefined,
  refuge: GroupView | undefined,
  nameOf: (member: GroupView['members'][number]) => string | undefined,
): readonly string[] {
  const names = (view: GroupView | undefined) => new Set((view?.members ?? []).flatMap((one) => nameOf(one) ?? []));
  const there = names(refuge);
  return [...names(home)].filter((name) => there.has(name)).toSorted();
}
