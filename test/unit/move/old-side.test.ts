/** clients-k1 left home an hour ago, and home can be read again. */
import { describe, expect, test } from '@jest/globals';
import type { SetObservation } from '../../../core/contracts/observations.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { evaluateGuards } from '../../../core/move/guards.ts';
import { decideMove } from '../../../core/move/decide.ts';
import { hasOldSide, judgeOldSide } from '../../../core/move/old-side.ts';
import {
  group,
  member,
  nothingWritten,
  recoveryFacts,
  requestOfRule,
  setLook,
} from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const LEFT = TEN_O_CLOCK - 7_200_000;
const writes = nothingWritten;
const orders = (agoMs: number) => ({ written: { orders: { records: 12, lastMs: TEN_O_CLOCK - agoMs } } });
const TWO_TOPICS = {
  written: {
    orders: { records: 12, lastMs: TEN_O_CLOCK },
    payments: { records: 3, lastMs: TEN_O_CLOCK - 60_000 },
  },
};
const away = (look: Partial<SetObservation> = {}, changes: Partial<MoveFacts> = {}): MoveFacts =>
  recoveryFacts({ found: setLook({ homeWrites: writes(), ...look }), behind: [], ...changes });
const inState = (changes: Partial<MoveFacts['state']>): MoveFacts => {
  const facts = away();
  return { ...facts, state: { ...facts.state, ...changes } };
};
const leftUntold = (): MoveFacts => {
  const facts = away();
  const { leftHomeAtMs: _untold, ...state } = facts.state;
  return { ...facts, state };
};
/** Beside "billing", the set has the group "audit". */
const withAudit = (groupsAtHome: SetObservation['groupsAtHome']): MoveFacts => {
  const facts = away({ groupsAtHome });
  const audit = { id: 'audit', mode: 'shared', offsetReset: 'latest' } as const;
  return { ...facts, place: { ...facts.place, groups: [...facts.place.groups, audit] } };
};
const UNREAD = group({ activity: 'unknown' });
const UNNAMED = group({ activity: 'active-unreadable' });
const JUST_NOW = TEN_O_CLOCK - 180_000;
const members = (...ids: readonly string[]) => ({
  groupsAtHome: {
    billing: group({ activity: 'active', members: ids.map((id) => ({ ...member(id), host: '/10.0.0.7' })) }),
  },
});

describe('the verdict', () => {
  test.each<readonly [string, MoveFacts, string]>([
    ['home was read and nobody is there', away(), 'QUIET'],
    ['the set is at home', inState({ phase: 'home' }), 'AT_HOME'],
    ['the set is on its way home: producers belong there again', inState({ phase: 'returning' }), 'AT_HOME'],
    ['the set is draining', inState({ phase: 'draining' }), 'QUIET'],
    ['clients have 180 s to follow', inState({ leftHomeAtMs: TEN_O_CLOCK - 179_999 }), 'LEAVING'],
    [
      'after 180 s they have followed',
      { ...inState({ leftHomeAtMs: JUST_NOW }), found: setLook({ homeWrites: writes({ leftHomeAtMs: JUST_NOW }) }) },
      'QUIET',
    ],
    ['nobody knows when the set left', leftUntold(), 'AT_HOME'],
    ['a member at home', away(members('k1-billing')), 'STRAGGLERS'],
    [
      'a group at home whose members cannot be read',
      away({ groupsAtHome: { billing: group({ activity: 'active-unreadable' }) } }),
      'STRAGGLERS',
    ],
    [
      'a group at home whose partitions change hands',
      away({ groupsAtHome: { billing: group({ activity: 'active-unreadable', members: [member('a')] }) } }),
      'STRAGGLERS',
    ],
    ['a record written 119.999 s ago', away({ homeWrites: writes(orders(119_999)) }), 'STRAGGLERS'],
    ['the last record written 120 s ago', away({ homeWrites: writes(orders(120_000)) }), 'QUIET'],
    ['home is down', away({ groupsAtHome: undefined, homeWrites: undefined }), 'UNKNOWN'],
    ['groups at home could not be read', away({ groupsAtHome: undefined }), 'UNKNOWN'],
    ['one group could not be read', away({ groupsAtHome: {} }), 'UNKNOWN'],
    ['one group was not understood', away({ groupsAtHome: { billing: UNREAD } }), 'UNKNOWN'],
    ['ends at home were never read', away({ homeWrites: undefined }), 'UNKNOWN'],
    ['ends at home were read 180 s ago', away({ homeWrites: writes({ lookedAtMs: TEN_O_CLOCK - 180_000 }) }), 'QUIET'],
    [
      'ends at home were read too long ago',
      away({ homeWrites: writes({ lookedAtMs: TEN_O_CLOCK - 180_001 }) }),
      'UNKNOWN',
    ],
    ['what was counted in an earlier stay', away({ homeWrites: writes({ leftHomeAtMs: LEFT - 1 }) }), 'UNKNOWN'],
    ['nobody has looked', away({}, { found: null }), 'UNKNOWN'],
    [
      'writers are known though groups cannot be read: the gravest counts',
      away({ groupsAtHome: undefined, homeWrites: writes(orders(0)) }),
      'STRAGGLERS',
    ],
  ])('%s', (_story, facts, kind) => {
    expect(judgeOldSide(facts).kind).toBe(kind);
  });

  test.each<readonly [string, MoveFacts, string]>([
    ['the set is at home', inState({ phase: 'home' }), 'clients-k1 is in phase "home" and has no old side'],
    [
      'clients are on their way',
      inState({ leftHomeAtMs: TEN_O_CLOCK - 60_000 }),
      'clients-k1 left K1 at 2026-11-22T09:59:00Z; who is still there counts from 2026-11-22T10:02:00Z',
    ],
    ['nobody has looked', away({}, { found: null }), 'nobody has looked at what clients-k1 would find at K2'],
    [
      'home is down',
      away({ groupsAtHome: undefined, homeWrites: undefined }),
      'groups at K1 could not be read; whether somebody still writes at K1 has not been seen yet',
    ],
    ['a group is missing in the look', away({ groupsAtHome: {} }), 'group "billing" at K1 could not be read'],
    [
      'two groups could not be read',
      withAudit({ billing: UNREAD }),
      'group "billing" at K1 could not be read; group "audit" at K1 could not be read',
    ],
    [
      'a group is active',
      away({ groupsAtHome: { billing: UNNAMED } }),
      'group "billing" is active at K1, its members cannot be read',
    ],
    [
      'partitions of a group change hands',
      away({ groupsAtHome: { billing: group({ activity: 'active-unreadable', members: [member('k1-a')] }) } }),
      'group "billing" has members at K1: k1-a',
    ],
    [
      'a group that could not be read is not named beside one that is there',
      withAudit({ billing: UNREAD, audit: UNNAMED }),
      'group "audit" is active at K1, its members cannot be read',
    ],
    [
      'a member whose address is not known goes by its client id',
      away({ groupsAtHome: { billing: group({ activity: 'active', members: [member('k1-a')] }) } }),
      'group "billing" has members at K1: k1-a',
    ],
    [
      'ends at home were read too long ago',
      away({ homeWrites: writes({ lookedAtMs: TEN_O_CLOCK - 200_000 }) }),
      'log ends of K1 were read last at 2026-11-22T09:56:40Z, 200 s ago, allowed 180 s',
    ],
    ['nobody is left', away(), "no member of the set's groups is at K1; nobody writes to the set's topics at K1"],
    [
      'two topics are written to, two producers are behind',
      away({ homeWrites: writes(TWO_TOPICS) }, { behind: ['shop-7', 'shop-8'] }),
      'somebody still writes at K1: "orders" at least 12 record(s), the last by 2026-11-22T10:00:00Z, "payments" at least 3 record(s), the last by 2026-11-22T09:59:00Z since 2026-11-22T09:00:00Z; producers that were heard of and do not follow: shop-7, shop-8',
    ],
  ])('says what was found: %s', (_story, facts, sentence) => {
    expect(judgeOldSide(facts).sentence).toBe(sentence);
  });

  test('who follows was not read: it is said as if nobody were behind', () => {
    const { behind: _unread, ...facts } = away({ homeWrites: writes(orders(0)) });
    expect(judgeOldSide(facts).sentence).toContain('it is one that never acknowledges');
  });

  test('names members by client id and address, topics by what was written, producers by what they acknowledged', () => {
    const facts = away({ ...members('k1-b', 'k1-a'), homeWrites: writes(orders(30_000)) }, { behind: ['shop-7'] });
    expect(judgeOldSide(facts).sentence).toBe(
      'group "billing" has members at K1: k1-a from /10.0.0.7, k1-b from /10.0.0.7; somebody still writes at K1: "orders" at least 12 record(s), the last by 2026-11-22T09:59:30Z since 2026-11-22T09:00:00Z; producers that were heard of and do not follow: shop-7',
    );
  });

  test('says so when no producer that was heard of is behind', () => {
    expect(judgeOldSide(away({ homeWrites: writes(orders(0)) })).sentence).toContain(
      'it is one that never acknowledges',
    );
  });

  test('does not forget what was written earlier', () => {
    expect(judgeOldSide(away({ homeWrites: writes(orders(600_000)) })).sentence).toContain(
      'but earlier since 2026-11-22T09:00:00Z: "orders" at least 12 record(s), the last by 2026-11-22T09:50:00Z',
    );
  });
});

describe('the way home', () => {
  const byRule = (look: Partial<SetObservation>): MoveFacts => {
    const facts = away(look, { request: requestOfRule({ move: 'failback' }) });
    return { ...facts, place: { ...facts.place, failback: 'automatic' } };
  };
  const WRITING = { homeWrites: writes(orders(0)) };

  test.each<readonly [string, Partial<SetObservation>, string]>([
    ['nobody writes at home', {}, 'claim'],
    ['somebody writes at home', WRITING, 'ask'],
    ['nobody has seen whether somebody does', { homeWrites: undefined }, 'ask'],
  ])('asked for by a rule, %s', (_story, look, kind) => {
    expect(decideMove(byRule(look)).kind).toBe(kind);
  });

  test('asked for by a person it goes, and the record says who writes', () => {
    const facts = away(WRITING);
    expect(decideMove(facts).kind).toBe('claim');
    expect(evaluateGuards(facts).find(({ id }) => id === 'FB-quiet-home')).toMatchObject({
      holds: true,
      sentence: expect.stringContaining('somebody still writes at K1'),
    });
  });

  test('approved by a person it goes', () => {
    const facts = byRule(WRITING);
    expect(decideMove({ ...facts, request: { ...facts.request, approvedBy: 'ada' } }).kind).toBe('claim');
  });

  test('facts of a release that did not look are decided as they were', () => {
    const facts = byRule({ homeWrites: undefined });
    const { clientSilentMs: _unknown, ...rules } = facts.rules;
    expect(evaluateGuards({ ...facts, rules }).map(({ id }) => id)).not.toContain('FB-quiet-home');
  });
});

test.each([
  ['AT_HOME', false],
  ['NOTHING_LEFT', false],
  ['QUIET', true],
  ['KEPT', true],
])('a verdict %s speaks of a set that is away: %s', (kind, is) => expect(hasOldSide({ kind })).toBe(is));
