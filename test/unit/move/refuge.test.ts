/** What a moved set would find at its refuge: each refusal names what is missing there. */
import { describe, expect, test } from '@jest/globals';
import type { GroupConfig } from '../../../core/config/schema.ts';
import type { SetObservation } from '../../../core/contracts/observations.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { freshLook, topicGaps } from '../../../core/move/refuge.ts';
import { group, member, outageFacts, recoveryFacts, setLook, told } from '../../support/builders/judgement.ts';
import { pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const finding = (look: Partial<SetObservation>, modes: Record<string, GroupConfig['mode']> = {}): MoveFacts => {
  const facts = outageFacts({ found: setLook(look) });
  const groups = Object.entries<GroupConfig['mode']>({ billing: 'shared', ...modes }).map(([id, mode]) => ({
    id,
    mode,
    offsetReset: 'latest' as const,
  }));
  return { ...facts, place: { ...facts.place, groups } };
};
const refugeGroups = (
  groupsAtRefuge: NonNullable<SetObservation['groupsAtRefuge']>,
  mode: GroupConfig['mode'] = 'shared',
) => finding({ groupsAtRefuge }, { billing: mode });
const under = (assignor: string | undefined, ...members: ReturnType<typeof member>[]) =>
  group({ activity: 'active', members, ...(assignor === undefined ? {} : { assignor }) });
const ALLOWED = 'mm2-failover, range, roundrobin, sticky, cooperative-sticky, uniform';
const reading = (clientId: string, topic = 'K1.orders') => member(clientId, { [topic]: [0] });

describe('G2-topics', () => {
  test.each<readonly [string, Partial<SetObservation>, string]>([
    ['all are there', {}, 'holds: all topics exist at K2 with enough partitions'],
    [
      'one is missing',
      { refugeTopics: { orders: 3, payments: null } },
      'refuse: topic "payments" does not exist at K2; create it',
    ],
    [
      'one was not even seen',
      { refugeTopics: { orders: 3 } },
      'refuse: topic "payments" does not exist at K2; create it',
    ],
    [
      'one is smaller than at home',
      { homeTopics: { orders: 4, payments: 3 } },
      'refuse: topic "orders" has 3 partitions at K2, needed 4; add partitions',
    ],
    [
      'home unread: one is smaller than its copy',
      { remoteTopics: { 'K1.orders': 3, 'K1.payments': 5 } },
      'refuse: topic "payments" has 3 partitions at K2, needed 5; add partitions',
    ],
    [
      'home is read: its figure counts, not that of the copy',
      { homeTopics: { orders: 3, payments: 3 }, remoteTopics: { 'K1.orders': 3, 'K1.payments': 5 } },
      'holds: all topics exist at K2 with enough partitions',
    ],
    [
      'neither home nor the copies are read: being there is enough',
      { remoteTopics: undefined },
      'holds: all topics exist at K2 with enough partitions',
    ],
    [
      'nothing is known of how many are needed: one that is missing is missing',
      { refugeTopics: { orders: 3, payments: null }, remoteTopics: undefined },
      'refuse: topic "payments" does not exist at K2; create it',
    ],
    ['they could not be read', { refugeTopics: undefined }, 'refuse: topics at K2 could not be read'],
    [
      'two lack something: both are named',
      { refugeTopics: { orders: null, payments: 2 } },
      'refuse: topic "orders" does not exist at K2; create it; topic "payments" has 2 partitions at K2, needed 3; add partitions',
    ],
  ])('%s', (_story, look, sentence) => {
    expect(told(finding(look), 'G2-topics')).toBe(sentence);
  });

  test('a refuge that was not read has no gaps to mend', () => {
    expect(topicGaps(outageFacts().place.topics, setLook({ refugeTopics: undefined }))).toEqual([]);
  });
});

describe('G2-remote', () => {
  test.each<readonly [string, Partial<SetObservation>, string]>([
    ['all are there', {}, 'holds: all remote topics exist at K2'],
    [
      'one is missing',
      { remoteTopics: { 'K1.orders': null, 'K1.payments': 3 } },
      'refuse: remote topic "K1.orders" does not exist at K2; is it replicated?',
    ],
    [
      'one was not even seen',
      { remoteTopics: { 'K1.orders': 3 } },
      'refuse: remote topic "K1.payments" does not exist at K2; is it replicated?',
    ],
    ['they could not be read', { remoteTopics: undefined }, 'refuse: remote topics at K2 could not be read'],
  ])('%s', (_story, look, sentence) => {
    expect(told(finding(look), 'G2-remote')).toBe(sentence);
  });
});

describe('G2-groups', () => {
  const FINE = 'holds: no group at K2 would break by the move';
  const STRANGERS = (who: string) =>
    `refuse: group "billing" is declared home-only, but has members at K2 (${who}); stop them or declare it shared`;
  test.each<readonly [string, MoveFacts, string]>([
    ...ALLOWED.split(', ').map(
      (name) => [`${name} is safe`, refugeGroups({ billing: under(name, member('a')) }), FINE] as const,
    ),
    [
      'the stock assignor of kafkajs',
      refugeGroups({ billing: under('RoundRobinAssigner', member('a')) }),
      `refuse: group "billing" at K2 uses assignor "RoundRobinAssigner", which may give members topics they did not subscribe to; allowed: ${ALLOWED}`,
    ],
    [
      'an assignor that cannot be read',
      refugeGroups({ billing: under(undefined, member('a')) }),
      `refuse: group "billing" at K2 uses an unknown assignor, which may give members topics they did not subscribe to; allowed: ${ALLOWED}`,
    ],
    [
      'the newer protocol: the broker gives each member what it subscribes to',
      refugeGroups({ billing: group({ activity: 'active', protocol: 'newer', members: [member('a')] }) }),
      FINE,
    ],
    ['an unsafe assignor with nobody under it', refugeGroups({ billing: under('RoundRobinAssigner') }), FINE],
    [
      'strangers in a home-only group',
      refugeGroups({ billing: under('range', member('a')) }, 'home-only'),
      STRANGERS('a'),
    ],
    [
      'strangers that cannot be read',
      refugeGroups({ billing: group({ activity: 'active-unreadable' }) }, 'home-only'),
      STRANGERS('unnamed'),
    ],
    ['nobody in a home-only group', refugeGroups({ billing: under('range') }, 'home-only'), FINE],
    [
      'a group that cannot be read',
      refugeGroups({ billing: group({ activity: 'unknown' }) }),
      'refuse: group "billing" at K2 could not be read',
    ],
    ['a group that is not in the look', refugeGroups({}), 'refuse: group "billing" at K2 could not be read'],
    ['no group can be read', finding({ groupsAtRefuge: undefined }), 'refuse: groups at K2 could not be read'],
    [
      'each group is judged by its own mode',
      finding(
        { groupsAtRefuge: { billing: under('range', member('a')), audit: under('range', member('b')) } },
        { audit: 'home-only' },
      ),
      'refuse: group "audit" is declared home-only, but has members at K2 (b); stop them or declare it shared',
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G2-groups')).toBe(sentence);
  });

  test('half way home the consumers of a home-only group are the set’s own; of a shared one the assignor still counts', () => {
    const state = stateOf(pairConfig(), { phase: 'returning', epoch: 1 });
    const said = (mode: GroupConfig['mode']) =>
      told({ ...refugeGroups({ billing: under('RoundRobinAssigner', member('a')) }, mode), state }, 'G2-groups');
    expect([said('home-only'), said('shared')?.split(':')[0]]).toEqual([FINE, 'refuse']);
  });
});

describe('G2-unowned', () => {
  const NOBODY = 'holds: nobody owns partitions of the remote topics';
  test.each<readonly [string, MoveFacts, string]>([
    [
      'members of the local topic only',
      refugeGroups({ billing: under('range', member('a', { orders: [0] })) }),
      NOBODY,
    ],
    [
      'a member without partitions',
      refugeGroups({ billing: under('range', member('a', { 'K1.orders': [] })) }),
      NOBODY,
    ],
    [
      'an owner among members that own nothing',
      refugeGroups({ billing: under('range', member('c'), reading('b'), reading('a', 'K1.payments')) }),
      'refuse: group "billing" already reads the remote topics at K2: a, b; stop them',
    ],
    [
      'of a group that reads remote topics by declaration',
      refugeGroups({ billing: under('range', reading('a')) }, 'reads-remote'),
      NOBODY,
    ],
    [
      'one group by declaration, another not',
      finding(
        { groupsAtRefuge: { billing: under('range', reading('a')), audit: under('range', reading('b')) } },
        { billing: 'reads-remote', audit: 'shared' },
      ),
      'refuse: group "audit" already reads the remote topics at K2: b; stop them',
    ],
    ['groups that could not be read own nothing (G2-groups refuses)', finding({ groupsAtRefuge: undefined }), NOBODY],
    ['a group that was not seen owns nothing', refugeGroups({}), NOBODY],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G2-unowned')).toBe(sentence);
  });
});

describe('the look itself', () => {
  const aged = (ms: number) => outageFacts({ found: setLook({ atMs: TEN_O_CLOCK - ms }) });
  test('is used up to 180 s', () => {
    expect(freshLook(aged(180_000))).toEqual(setLook({ atMs: TEN_O_CLOCK - 180_000 }));
  });

  test('says how old it is and how old it may be', () => {
    expect(freshLook(aged(181_000))).toEqual({
      missing: 'the last look at K2 for clients-k1 is of 2026-11-22T09:56:59Z, 181 s old, allowed 180 s',
    });
  });

  test.each(['G2-topics', 'G2-remote', 'G2-groups', 'G2-unowned'])('without one %s refuses, and says why', (id) => {
    expect(told(outageFacts({ found: null }), id)).toBe(
      'refuse: nobody has looked at what clients-k1 would find at K2',
    );
  });

  test.each(['G2-topics', 'G2-remote', 'G2-groups', 'G2-unowned'])(
    '%s is about the way out, not about the way home',
    (id) => {
      expect(told(recoveryFacts(), id)).toBeUndefined();
    },
  );
});
