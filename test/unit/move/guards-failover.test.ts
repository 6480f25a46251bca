/** Is home lost, can the refuge carry it, do we not do this too often: what each of these guards says. */
import { describe, expect, test } from '@jest/globals';
import type { MoveFacts } from '../../../core/move/facts.ts';
import {
  byPerson,
  outageFacts,
  recoveryFacts,
  requestOfRule,
  storedVerdict,
  told,
  withVerdicts,
} from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const outage = outageFacts;
const home = (kind: string, changes: Partial<MoveFacts> = {}) => withVerdicts(outage(changes), { home: kind });
const refuge = (kind: string, changes: Partial<MoveFacts> = {}) => withVerdicts(outage(changes), { refuge: kind });
const inState = (changes: Parameters<typeof stateOf>[1], facts: Partial<MoveFacts> = {}): MoveFacts =>
  outage({ state: stateOf(config, changes), ...facts });
const alarmSince = (agoMs: number) => ({
  request: requestOfRule({
    trigger: 'alarm',
    startedAtMs: TEN_O_CLOCK - agoMs,
    alarm: { name: 'a', starts: 'automatic' },
  }),
});
const leadsTo = (facts: MoveFacts, id: string) => told(facts, id)?.split(':')[0];
/** The verdict about home has stood for so long. */
const standing = (facts: MoveFacts, ms: number): MoveFacts => ({
  ...facts,
  verdicts: { ...facts.verdicts, home: { ...facts.verdicts.home, sinceMs: TEN_O_CLOCK - ms } },
});
/** A way home that was cut short, with nobody on it, and an automatic failover just before. */
const halfWay = (changes: Parameters<typeof stateOf>[1] = {}) =>
  inState({
    phase: 'returning',
    epoch: 2,
    lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK },
    automaticStartsMs: [TEN_O_CLOCK - 2, TEN_O_CLOCK - 1],
    returnedHomeAtMs: TEN_O_CLOCK,
    ...changes,
  });

describe('G1, whether home is lost', () => {
  test.each<readonly [string, MoveFacts, string]>([
    ['it is', outage(), 'holds: cluster:K1 is CONFIRMED_DOWN'],
    ['so that a person may decide', home('GRAY_FAILURE'), 'holds: cluster:K1 is GRAY_FAILURE'],
    ['it is not', home('SUSPECTED_DOWN'), 'refuse: cluster:K1 is SUSPECTED_DOWN'],
    ['a word of another release allows nothing', home('MELTED'), 'refuse: cluster:K1 is MELTED'],
    ['in part, nobody knows how much', home('PARTIAL_OUTAGE'), 'refuse: how much of K1 does not serve is not known'],
    [
      'an alarm says so, the probes not yet',
      home('SUSPECTED_DOWN', alarmSince(299_999)),
      'wait: cluster:K1 is SUSPECTED_DOWN',
    ],
    [
      'an alarm says so, the probes did not within 300 s',
      home('SUSPECTED_DOWN', alarmSince(300_000)),
      'refuse: cluster:K1 is SUSPECTED_DOWN',
    ],
    [
      'with a claim nothing is waited for',
      home('SUSPECTED_DOWN', { ...alarmSince(0), stance: 'after-claim' }),
      'refuse: cluster:K1 is SUSPECTED_DOWN',
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G1')).toBe(sentence);
  });
});

describe('G1-corroborated, whether a rule may move alone', () => {
  const DOUBT = 'CONFIRMED_DOWN_UNCORROBORATED';
  const NO = `${DOUBT} does not allow a move without a person`;
  test.each<readonly [string, MoveFacts, string | undefined]>([
    ['it may', outage(), 'holds: CONFIRMED_DOWN allows a move without a person'],
    ['a doubt that stands is put to a person', home(DOUBT), `ask: ${NO}`],
    ['for 60 s more evidence may come', standing(home(DOUBT), 59_999), `refuse: ${NO}`],
    ['not longer', standing(home(DOUBT), 60_000), `ask: ${NO}`],
    ['an alarm waits for it', standing(home(DOUBT, alarmSince(0)), 59_999), `wait: ${NO}`],
    ['within its own time', standing(home(DOUBT, alarmSince(300_000)), 59_999), `refuse: ${NO}`],
    ['a claim that stands is asked about at once', standing(home(DOUBT, { stance: 'after-claim' }), 0), `ask: ${NO}`],
    [
      'what allows nothing is for G1 to wait for',
      standing(home('SUSPECTED_DOWN', alarmSince(0)), 0),
      'ask: SUSPECTED_DOWN does not allow a move without a person',
    ],
    ['a person needs no second witness', home(DOUBT, { request: byPerson() }), undefined],
    ['nor does what a person approved', home(DOUBT, { request: requestOfRule({ approvedBy: 'ada' }) }), undefined],
    ['it is no question of the way home', recoveryFacts({ request: requestOfRule({ move: 'failback' }) }), undefined],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G1-corroborated')).toBe(sentence);
  });
});

describe('G2, whether the refuge can carry it', () => {
  test.each<readonly [string, string, MoveFacts, string | undefined]>([
    ['it serves', 'G2-healthy', outage(), 'holds: cluster:K2 is HEALTHY'],
    ['it serves without its redundancy', 'G2-healthy', refuge('DEGRADED'), 'holds: cluster:K2 is DEGRADED'],
    ['it is recovering', 'G2-healthy', refuge('RECOVERING'), 'refuse: cluster:K2 is RECOVERING'],
    ['the way home does not ask this', 'G2-healthy', recoveryFacts(), undefined],
    ['it is whole', 'G2-whole', outage(), 'holds: HEALTHY is not DEGRADED'],
    ['it is thin', 'G2-whole', refuge('DEGRADED'), 'ask: it would carry both loads, and cluster:K2 is DEGRADED'],
    ['a person knows', 'G2-whole', refuge('DEGRADED', { request: byPerson() }), undefined],
    [
      'the way home does not ask for that',
      'G2-whole',
      recoveryFacts({ request: requestOfRule({ move: 'failback' }) }),
      undefined,
    ],
  ])('%s: %s', (_story, id, facts, sentence) => {
    expect(told(facts, id)).toBe(sentence);
  });
});

describe('G3, what may be left behind', () => {
  const RANGE = {
    kind: 'estimated',
    records: { lower: '40', upper: '2440' },
    seconds: { lower: 1, upper: 61.3 },
    recordsPerSecond: 40,
    sampledAtMs: TEN_O_CLOCK - MINUTE,
    ageMs: MINUTE,
  } as const;
  const SAID =
    'expected loss 40 to 2440 records (1 to 61.3 s), by log ends of 2026-11-22T09:59:00Z, 60 s old, at up to 40 records/s';
  const limited = (rpo: MoveFacts['place']['rpo'], changes: Partial<MoveFacts> = {}): MoveFacts => {
    const facts = outage({ loss: RANGE, ...changes });
    return { ...facts, place: { ...facts.place, rpo } };
  };
  const accepting = { acceptDataLoss: true };
  test.each<readonly [string, MoveFacts, string | undefined]>([
    ['is within the limit', limited({ records: 2440 }), `holds: ${SAID}`],
    ['is more than the limit', limited({ records: 2439 }), `refuse: up to 2440 records, allowed 2439; ${SAID}`],
    ['is not asked without a limit', limited(null), undefined],
    [
      'was not told, where nothing is limited',
      limited({}, { loss: null }),
      'refuse: nobody has told the expected loss',
    ],
    [
      'is accepted by a person',
      limited({ records: 5 }, { request: byPerson(accepting) }),
      `holds: up to 2440 records, allowed 5; ${SAID}; accepted by ada for this epoch`,
    ],
    [
      'is not accepted by a rule',
      limited({ records: 5 }, { request: requestOfRule(accepting) }),
      `refuse: up to 2440 records, allowed 5; ${SAID}`,
    ],
    [
      'is not accepted by a person who does not say so',
      limited({ records: 5 }, { request: byPerson() }),
      `refuse: up to 2440 records, allowed 5; ${SAID}`,
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G3')).toBe(sentence);
  });

  test('is no question of the way home', () => {
    const facts = recoveryFacts();
    expect(told({ ...facts, place: { ...facts.place, rpo: { records: 0 } } }, 'G3')).toBeUndefined();
  });
});

describe('G5-cooldown', () => {
  const ended = (agoMs: number, more: object = {}) =>
    inState({ lastAutomatic: { epoch: 3, finishedAtMs: TEN_O_CLOCK - agoMs, ...more } });
  test.each<readonly [string, MoveFacts, string]>([
    ['the first one', outage(), 'holds: there was no automatic failover before'],
    [
      '59 min after the last',
      ended(59 * MINUTE),
      'refuse: automatic epoch 3 ended at 2026-11-22T09:01:00Z; cooldown until 2026-11-22T10:01:00Z or until a person acknowledges',
    ],
    ['an hour after the last', ended(HOUR), 'holds: epoch 3 ended at 2026-11-22T09:00:00Z, cooldown is over'],
    ['acknowledged', ended(0, { acknowledgedBy: 'ada' }), 'holds: epoch 3 was acknowledged by ada'],
    ['half way home', halfWay(), 'holds: waived once: K1 is lost and clients-k1 is half way between both clusters'],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G5-cooldown')).toBe(sentence);
  });
});

describe('G5-day, at most two', () => {
  const starts = (...agoMs: readonly number[]) => ({ automaticStartsMs: agoMs.map((ms) => TEN_O_CLOCK - ms) });
  test.each<readonly [string, MoveFacts, string]>([
    ['none', outage(), 'holds: 0 automatic failovers within a day, allowed 2'],
    ['one', inState(starts(HOUR)), 'holds: 1 automatic failovers within a day, allowed 2'],
    [
      'two',
      inState(starts(23 * HOUR, HOUR)),
      'ask: 2 automatic failovers within a day, allowed 2: a person decides about the next one',
    ],
    ['two, one a day ago', inState(starts(24 * HOUR, HOUR)), 'holds: 1 automatic failovers within a day, allowed 2'],
    [
      'two, acknowledged',
      inState({ ...starts(2, 1), lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK, acknowledgedBy: 'ada' } }),
      'holds: acknowledged by ada',
    ],
    [
      'two, and nobody has acknowledged the last',
      inState({ ...starts(2, 1), lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK - HOUR } }),
      'ask: 2 automatic failovers within a day, allowed 2: a person decides about the next one',
    ],
    [
      'one, and our own',
      inState(
        {
          epoch: 1,
          open: claimOf({ execution: 'execution-one', claimedAtMs: TEN_O_CLOCK - 5 }),
          ...starts(HOUR, 5),
        },
        { stance: 'after-claim' },
      ),
      'holds: 1 automatic failovers within a day, allowed 2',
    ],
    ['half way home', halfWay(), 'holds: waived once: K1 is lost and clients-k1 is half way between both clusters'],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G5-day')).toBe(sentence);
  });
});

describe('G6, whether the refuge was left just now', () => {
  test.each<readonly [string, MoveFacts, string]>([
    ['the set was never away', outage(), 'holds: K2 was not left within 1800 s'],
    [
      '29 min ago',
      inState({ returnedHomeAtMs: TEN_O_CLOCK - 29 * MINUTE }),
      'ask: K2 was left at 2026-11-22T09:31:00Z; going back there alone is allowed from 2026-11-22T10:01:00Z',
    ],
    ['30 min ago', inState({ returnedHomeAtMs: TEN_O_CLOCK - 30 * MINUTE }), 'holds: K2 was not left within 1800 s'],
    ['half way home', halfWay(), 'holds: waived once: K1 is lost and clients-k1 is half way between both clusters'],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G6')).toBe(sentence);
  });
});

describe('REHEARSED, every seven days', () => {
  const rehearsed = (agoMs: number | null, changes: Partial<MoveFacts> = {}): MoveFacts => {
    const facts = outage(changes);
    const rehearsedAtMs = agoMs === null ? null : TEN_O_CLOCK - agoMs;
    return { ...facts, rehearsedAtMs, rules: { ...facts.rules, rehearsalMs: 7 * 24 * HOUR } };
  };
  const byRule = requestOfRule({ move: 'failback' });
  test.each<readonly [string, MoveFacts, string | undefined]>([
    ['never', rehearsed(null), 'ask: no dry run of clients-k1 has gone through yet, asked for every 7 days'],
    [
      'a week ago',
      rehearsed(7 * 24 * HOUR),
      'holds: the last rehearsal of clients-k1 that went through was at 2026-11-15T10:00:00Z',
    ],
    [
      'longer ago',
      rehearsed(7 * 24 * HOUR + 1_000),
      'ask: the last rehearsal of clients-k1 that went through was at 2026-11-15T09:59:59Z, asked for every 7 days',
    ],
    ['nobody asks for it', outage(), undefined],
    ['a person moves', rehearsed(null, { request: byPerson() }), undefined],
    [
      'a way home that runs alone',
      { ...rehearsed(null, { request: byRule }), place: { ...outage().place, failback: 'automatic' } },
      undefined,
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'REHEARSED')).toBe(sentence);
  });
});

describe('G8, whether the observer can be trusted', () => {
  const settling = (untilMs: number) => {
    const data = { allows: 'automatic', reasons: [], settlingUntilMs: untilMs };
    const facts = outage();
    return { ...facts, verdicts: { ...facts.verdicts, home: storedVerdict('cluster:K1', 'CONFIRMED_DOWN', { data }) } };
  };
  const INTERRUPTED =
    'refuse: the observer was interrupted not long ago: nothing is done before a whole window was seen';
  test.each<readonly [string, MoveFacts, string | undefined]>([
    ['it sees', outage(), 'holds: CONFIRMED_DOWN is a picture to decide on'],
    ...['BOTH_DOWN', 'UNKNOWN', 'PROBER_FAULT'].map(
      (kind) => [kind, home(kind), `refuse: ${kind} about home: nothing is done on such a picture`] as const,
    ),
    ['it was interrupted', settling(TEN_O_CLOCK + 1), INTERRUPTED],
    ['a whole window was seen since', settling(TEN_O_CLOCK), 'holds: CONFIRMED_DOWN is a picture to decide on'],
    ['a person looks', home('UNKNOWN', { request: byPerson() }), undefined],
    ['the way home has guards of its own', recoveryFacts({ request: byRule() }), undefined],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G8')).toBe(sentence);
  });
  function byRule() {
    return requestOfRule({ move: 'failback' });
  }

  test('an alarm waits until it can be', () => {
    expect(leadsTo(home('UNKNOWN', alarmSince(0)), 'G8')).toBe('wait');
  });
});

describe('G14, how much of the set is hit', () => {
  const inPart = (share: number, changes: Partial<MoveFacts> = {}): MoveFacts => {
    const impairment = { canaryShare: 0, sets: { 'clients-k1': { share, topics: [] } } };
    const facts = outage(changes);
    const data = { allows: 'approval', reasons: [], impairment };
    return { ...facts, verdicts: { ...facts.verdicts, home: storedVerdict('cluster:K1', 'PARTIAL_OUTAGE', { data }) } };
  };
  const SHARE = 'of the partitions or groups of clients-k1 do not serve';
  test.each<readonly [string, MoveFacts, string | undefined]>([
    ['more than half', inPart(0.6), `holds: 60 % ${SHARE}, more than the limit of 50 %`],
    ['half', inPart(0.5), `refuse: 50 % ${SHARE}, a person is asked above 50 %`],
    ['an alarm waits: it may grow', inPart(0.5, alarmSince(0)), `wait: 50 % ${SHARE}, a person is asked above 50 %`],
    ['a person needs no share', inPart(0.5, { request: byPerson() }), undefined],
    ['home is lost as a whole', outage(), undefined],
    [
      'the way home',
      withVerdicts(recoveryFacts({ request: requestOfRule({ move: 'failback' }) }), { home: 'PARTIAL_OUTAGE' }),
      undefined,
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G14')).toBe(sentence);
  });
});

describe('limits on what runs alone', () => {
  const LIMITS = ['G5-cooldown', 'G5-day', 'G6', 'REHEARSED'];
  const overdue = (changes: Partial<MoveFacts> = {}): MoveFacts => {
    const facts = inState(
      {
        lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK },
        returnedHomeAtMs: TEN_O_CLOCK,
        automaticStartsMs: [TEN_O_CLOCK, TEN_O_CLOCK - 1],
      },
      changes,
    );
    return { ...facts, rules: { ...facts.rules, rehearsalMs: HOUR } };
  };
  const looking = (facts: MoveFacts) => LIMITS.filter((id) => told(facts, id) !== undefined);
  test('they look at a rule in mode automatic', () => {
    expect(looking(overdue())).toEqual(LIMITS);
  });

  test.each<readonly [string, MoveFacts]>([
    ['a person starts it', overdue({ request: byPerson() })],
    ['a person has approved it', overdue({ request: requestOfRule({ approvedBy: 'ada' }) })],
    ['the mode has a person asked', overdue({ state: stateOf(config, { mode: 'approve' }) })],
    ['the alarm may only ask', overdue({ request: requestOfRule({ alarm: { name: 'a', starts: 'approval' } }) })],
    [
      'it is a way home',
      {
        ...overdue({ request: requestOfRule({ move: 'failback' }) }),
        place: { ...outage().place, failback: 'automatic' },
      },
    ],
  ])('and not when %s', (_story, facts) => {
    expect(looking(facts)).toEqual([]);
  });
});
