/** How many may move at once, and what the outside world says: what these guards say, and who has to wait. */
import { describe, expect, test } from '@jest/globals';
import type { MoveFacts, OtherMove } from '../../../core/move/facts.ts';
import { byPerson, outageFacts, requestOfRule, told } from '../../support/builders/judgement.ts';
import { claimedState, claimOf, pairConfig, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const other = (clientSet: string, changes: Partial<OtherMove> = {}): OtherMove => ({
  clientSet,
  epoch: 4,
  published: false,
  ...changes,
});
/** Two may move at once. */
const among = (moving: readonly OtherMove[], changes: Partial<MoveFacts> = {}): MoveFacts => {
  const facts = outageFacts(changes);
  return { ...facts, moving, rules: { ...facts.rules, setsAtOnce: 2 } };
};
const alarmSince = (agoMs: number) =>
  requestOfRule({ trigger: 'alarm', startedAtMs: TEN_O_CLOCK - agoMs, alarm: { name: 'a', starts: 'automatic' } });
/** clients-k1 claimed so long ago, and looks around again; its request is older. */
const claimed = (agoMs: number): Partial<MoveFacts> => ({
  stance: 'after-claim',
  state: claimedState(config, { open: claimOf({ execution: 'execution-one', claimedAtMs: TEN_O_CLOCK - agoMs }) }),
  request: requestOfRule({ startedAtMs: TEN_O_CLOCK - 3_600_000 }),
});
const [EARLIER, LATER] = ['clients-a', 'clients-z'];

describe('G9, two at once', () => {
  test.each<readonly [string, MoveFacts, string]>([
    ['nobody moves', among([]), 'holds: other sets that are moving: none; at most 2 at once'],
    ['one moves', among([other(EARLIER)]), 'holds: other sets that are moving: clients-a (epoch 4); at most 2 at once'],
    [
      'two move',
      among([other(EARLIER), other(LATER, { epoch: 7 })]),
      'refuse: other sets that are moving: clients-a (epoch 4), clients-z (epoch 7); at most 2 at once',
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G9')).toBe(sentence);
  });

  test.each<readonly [string, MoveFacts]>([
    ['where no limit is configured', outageFacts({ moving: [other(EARLIER), other(LATER)] })],
    ['for a person', among([other(EARLIER), other(LATER)], { request: byPerson() })],
  ])('there is no limit %s', (_story, facts) => {
    expect(told(facts, 'G9')).toBeUndefined();
  });

  const effect = (facts: MoveFacts) => told(facts, 'G9')?.split(':')[0];
  const two = [other(EARLIER), other(LATER)];
  test.each<readonly [string, MoveFacts, string]>([
    ['an event comes again by itself', among(two), 'refuse'],
    ['an alarm waits', among(two, { request: alarmSince(0) }), 'wait'],
    ['for all but 300 s', among(two, { request: alarmSince(299_999) }), 'wait'],
    ['but not longer', among(two, { request: alarmSince(300_000) }), 'refuse'],
    [
      'of three that claimed together the first by name stays',
      among([other('clients-y'), other(LATER)], claimed(0)),
      'wait',
    ],
    ['the second stays as well', among(two, claimed(0)), 'wait'],
    ['the third gives way', among([other(EARLIER), other('clients-b')], claimed(0)), 'refuse'],
    [
      'who has published moves, whatever its name',
      among([other(EARLIER), other(LATER, { published: true })], claimed(0)),
      'refuse',
    ],
    ['its patience counts from its claim', among(two, claimed(299_999)), 'wait'],
    ['and ends', among(two, claimed(300_000)), 'refuse'],
    ['a set is not before itself', among([other(EARLIER), other('clients-k1')], claimed(0)), 'wait'],
    ['a claim that is gone waits for nothing', among(two, { stance: 'after-claim' }), 'refuse'],
  ])('%s', (_story, facts, leadsTo) => {
    expect(effect(facts)).toBe(leadsTo);
  });

  test('a limit that is taken away while a set waits with its claim lets it go', () => {
    const facts = among(two, claimed(0));
    expect(told({ ...facts, rules: { ...facts.rules, setsAtOnce: null } }, 'G9')).toBeUndefined();
  });
});

describe('G13, whether parameters can be put', () => {
  const tried = (...scratch: NonNullable<MoveFacts['scratch']>) => told(outageFacts({ scratch }), 'G13');
  const OWN = 'eu-central-1';
  test.each<readonly [string, string | undefined, string | undefined]>([
    ['was not asked', told(outageFacts(), 'G13'), undefined],
    ['was asked nowhere', tried(), 'refuse: no region was tried'],
    [
      'everywhere',
      tried({ region: OWN }, { region: 'eu-west-1' }),
      'holds: parameters can be put in eu-central-1, eu-west-1',
    ],
    [
      'not at the refuge',
      tried({ region: OWN, because: 'AccessDenied' }, { region: 'eu-west-1' }),
      'refuse: a routing value could not be put in eu-central-1 now: AccessDenied',
    ],
    [
      'at a refuge that answers and is busy',
      tried({ region: OWN, because: 'throttled', busy: true }),
      'holds: parameters can be put in eu-central-1',
    ],
    [
      'not elsewhere: that comes later',
      tried(
        { region: OWN },
        { region: 'eu-west-1', because: 'timeout' },
        { region: 'eu-west-3', because: 'AccessDenied' },
      ),
      'holds: parameters can be put in eu-central-1; eu-west-1 could not be reached (timeout), eu-west-3 could not be reached (AccessDenied), reconcile would write there later',
    ],
    [
      'elsewhere, where it is busy',
      tried({ region: OWN }, { region: 'eu-west-1', because: 'throttled', busy: true }),
      'holds: parameters can be put in eu-central-1, eu-west-1',
    ],
  ])('%s', (_story, said, sentence) => {
    expect(said).toBe(sentence);
  });
});

describe('G12, the veto hook', () => {
  test.each<readonly [string, MoveFacts['veto'], string | undefined]>([
    ['was not asked', null, undefined],
    ['objects', { kind: 'vetoed', sentence: 'closing of the books' }, 'refuse: closing of the books'],
    ['does not object', { kind: 'allowed', sentence: 'the hook does not object' }, 'holds: the hook does not object'],
  ])('%s', (_story, veto, sentence) => {
    expect(told(outageFacts({ veto }), 'G12')).toBe(sentence);
  });
});
