import { describe, expect, test } from '@jest/globals';
import { callFor } from '../../../core/move/call.ts';
import { decideMove } from '../../../core/move/decide.ts';
import type { MoveFacts, MoveRequest } from '../../../core/move/facts.ts';
import { partialOutage } from '../../../core/move/partial.ts';
import { byPerson, outageFacts, requestOfRule, storedVerdict } from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

interface Hit {
  readonly share?: number;
  readonly topics?: readonly string[];
  readonly canaryShare?: number;
}
/** A partial outage of K1 that has stood for an hour; `share` of clients-k1 does not serve. */
const facts = (
  { share, topics = [], canaryShare = 0 }: Hit,
  changes: { readonly request?: MoveRequest; readonly critical?: readonly string[] } = {},
): MoveFacts => {
  const base = outageFacts();
  const impairment = { canaryShare, sets: share === undefined ? {} : { 'clients-k1': { share, topics } } };
  const data = { allows: 'approval', reasons: [], impairment };
  return {
    ...base,
    request: changes.request ?? base.request,
    place: { ...base.place, criticalTopics: changes.critical ?? [] },
    verdicts: { ...base.verdicts, home: storedVerdict('cluster:K1', 'PARTIAL_OUTAGE', { data }) },
  };
};
const decide = (...args: Parameters<typeof facts>) => decideMove(facts(...args));

describe('a partial outage of home, a limit of 50 %', () => {
  test.each<readonly [string, Hit, string]>([
    ['51 % of the set', { share: 0.51 }, 'ask'],
    ['exactly 50 % of the set', { share: 0.5 }, 'refused'],
    ['nothing of the set, but all canary partitions', { share: 0, canaryShare: 1 }, 'refused'],
    ['the set cannot be described, 67 % of the canary partitions', { canaryShare: 0.67 }, 'ask'],
    ['the set cannot be described, 33 % of the canary partitions', { canaryShare: 0.33 }, 'refused'],
  ])('%s does not serve: %#', (_story, hit, kind) => {
    expect(decide(hit).kind).toBe(kind);
  });

  test('one critical topic is enough', () => {
    const hit = { share: 0.01, topics: ['orders'] };
    expect([decide(hit, { critical: ['orders'] }).kind, decide(hit, { critical: ['payments'] }).kind]).toEqual([
      'ask',
      'refused',
    ]);
  });

  test('nothing is known of how much: nobody is asked', () => {
    const unknown = { ...facts({}).verdicts, home: storedVerdict('cluster:K1', 'PARTIAL_OUTAGE') };
    expect(decideMove({ ...facts({}), verdicts: unknown })).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('how much of K1 does not serve is not known'),
    });
  });

  test('the refusal names G14 with share and limit', () => {
    expect(decide({ share: 0.2 }).reasons).toContain(
      'G14: 20 % of the partitions or groups of clients-k1 do not serve, a person is asked above 50 %',
    );
  });

  test.each<readonly [string, Parameters<typeof facts>, string]>([
    [
      'critical topics that do not serve',
      [{ share: 0.01, topics: ['orders', 'payments'] }, { critical: ['payments', 'orders'] }],
      'critical topics of clients-k1 do not serve: payments, orders',
    ],
    [
      'the share of the set',
      [{ share: 0.6 }],
      '60 % of the partitions or groups of clients-k1 do not serve, more than the limit of 50 %',
    ],
    [
      'the share of the canary partitions, where that is all that is known',
      [{ canaryShare: 0.67 }, { critical: ['orders'] }],
      '67 % of the canary partitions at K1 do not serve, more than the limit of 50 %',
    ],
  ])('the guard says %s', (_story, args, sentence) => {
    expect(partialOutage(facts(...args))).toEqual({ holds: true, sentence });
  });

  test('facts that were stored before there was a limit, or critical topics, are above none', () => {
    const known = facts({ share: 1, topics: ['orders'] });
    const { partialLimitShare: _limit, ...rules } = known.rules;
    const { criticalTopics: _topics, ...place } = known.place;
    expect(partialOutage({ ...known, rules, place })).toEqual({
      holds: false,
      sentence: '100 % of the partitions or groups of clients-k1 do not serve, a person is asked above 100 %',
    });
  });

  test('a person may start above the limit, and below it by force', () => {
    expect([
      decide({ share: 0.6 }, { request: byPerson() }).kind,
      decide({ share: 0.2 }, { request: byPerson() }).kind,
      decide({ share: 0.2 }, { request: byPerson({ force: true }) }).kind,
    ]).toEqual(['claim', 'refused', 'claim']);
  });

  test('an alarm waits below the limit: it may grow', () => {
    const request = requestOfRule({ trigger: 'alarm', alarm: { name: 'a', starts: 'automatic' } });
    expect(decide({ share: 0.2 }, { request }).kind).toBe('unconfirmed');
  });

  test('the rules are told above the limit only', () => {
    expect([callFor(facts({ share: 0.6 }))?.event, callFor(facts({ share: 0.5 }))]).toEqual([
      'OutageConfirmed',
      undefined,
    ]);
  });
});

describe('verdicts that only a person may act on', () => {
  test.each(['GRAY_FAILURE', 'NAME_RESOLUTION', 'CONFIG_FAULT', 'CONFIRMED_DOWN_UNCORROBORATED'])(
    '%s: a rule asks, a person moves',
    (kind) => {
      const base = outageFacts();
      const verdicts = { ...base.verdicts, home: storedVerdict('cluster:K1', kind) };
      expect([
        decideMove({ ...base, verdicts }).kind,
        decideMove({ ...base, verdicts, request: byPerson() }).kind,
      ]).toEqual(['ask', 'claim']);
    },
  );
});

describe('a refuge that lacks redundancy', () => {
  const base = outageFacts();
  const thin = { ...base, verdicts: { ...base.verdicts, refuge: storedVerdict('cluster:K2', 'DEGRADED') } };

  test('is put to a person, who may have been the one that started', () => {
    expect([decideMove(thin).kind, decideMove({ ...thin, request: byPerson() }).kind]).toEqual(['ask', 'claim']);
  });
});

describe('our own running was interrupted', () => {
  const base = outageFacts();
  const data = { allows: 'automatic', reasons: [], settlingUntilMs: TEN_O_CLOCK + 1 };
  const home = storedVerdict('cluster:K1', 'CONFIRMED_DOWN', { data });
  const settling = { ...base, verdicts: { ...base.verdicts, home } };

  test('the rules are told nothing until a whole window was seen', () => {
    expect([callFor(settling), callFor({ ...settling, nowMs: TEN_O_CLOCK + 1 })?.event]).toEqual([
      undefined,
      'OutageConfirmed',
    ]);
  });

  test('a rule is refused, a person is not', () => {
    expect([decideMove(settling).kind, decideMove({ ...settling, request: byPerson() }).kind]).toEqual([
      'refused',
      'claim',
    ]);
  });
});
