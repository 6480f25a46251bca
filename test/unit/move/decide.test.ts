import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { allowsOf } from '../../../core/health/cluster.ts';
import { CLUSTER_VERDICT_KINDS } from '../../../core/health/verdicts.ts';
import { callFor } from '../../../core/move/call.ts';
import { openClaim } from '../../../core/move/claim.ts';
import { decideMove } from '../../../core/move/decide.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { judgeReadiness } from '../../../core/move/readiness.ts';
import {
  byPerson,
  outageFacts,
  recoveryFacts,
  requestOfRule,
  setLook,
  storedVerdict,
  withVerdicts,
} from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const waiting = stateOf(config, { epoch: 1, open: claimOf({ approval: 'pending' }) });
/** A failback that a rule has asked for waits for a person; the rule comes again. */
const returning = (changes: Partial<MoveFacts['state']>): MoveFacts => {
  const facts = recoveryFacts({ request: requestOfRule({ move: 'failback' }) });
  const open = claimOf({ epoch: 2, move: 'failback', from: 'refuge', approval: 'pending' });
  return {
    ...facts,
    place: { ...facts.place, failback: 'automatic' },
    state: { ...facts.state, epoch: 2, open, ...changes },
  };
};
const alarm = (starts: 'automatic' | 'approval', startedAgoMs = 0) =>
  requestOfRule({
    trigger: 'alarm',
    alarm: { name: 'k1-down', starts },
    requestedBy: 'alarm k1-down',
    startedAtMs: TEN_O_CLOCK - startedAgoMs,
  });

/** A failback has published, and home is confirmed down. */
const halfWay = (state: object = {}): MoveFacts =>
  outageFacts({
    state: stateOf(config, {
      phase: 'returning',
      epoch: 2,
      revision: 4,
      leftHomeAtMs: TEN_O_CLOCK - 7_200_000,
      lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK - 60_000 },
      open: claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true, execution: 'two' }),
      ...state,
    }),
  });

const homeSince = (facts: MoveFacts, agoMs: number): MoveFacts => {
  const home = { ...facts.verdicts.home, sinceMs: facts.nowMs - agoMs };
  return { ...facts, verdicts: { ...facts.verdicts, home } };
};
const youngOutage = homeSince(outageFacts(), 1_000);
const doubtOf = (agoMs: number, changes: Partial<MoveFacts> = {}): MoveFacts =>
  homeSince(withVerdicts(outageFacts(changes), { home: 'CONFIRMED_DOWN_UNCORROBORATED' }), agoMs);
/** Vantages and witness do not agree in the same second. */
const youngDoubt = (changes: Partial<MoveFacts> = {}): MoveFacts => doubtOf(1_000, changes);

describe('what becomes of a request', () => {
  test.each<readonly [string, MoveFacts, string]>([
    ['a confirmed outage in mode automatic', outageFacts(), 'claim'],
    ['a confirmed outage in mode approve', outageFacts({ state: stateOf(config, { mode: 'approve' }) }), 'ask'],
    [
      'the same, once a person has approved',
      outageFacts({ state: stateOf(config, { mode: 'approve' }), request: requestOfRule({ approvedBy: 'ada' }) }),
      'claim',
    ],
    [
      'confirmed without a second witness',
      withVerdicts(outageFacts(), { home: 'CONFIRMED_DOWN_UNCORROBORATED' }),
      'ask',
    ],
    ['the same, seen only just now: more evidence may be coming', youngDoubt(), 'refused'],
    [
      'the same, and an alarm asks: it waits for the probes',
      youngDoubt({ request: requestOfRule({ trigger: 'alarm' }) }),
      'unconfirmed',
    ],
    [
      'approved, but home has recovered meanwhile',
      withVerdicts(outageFacts({ request: requestOfRule({ approvedBy: 'ada' }) }), { home: 'HEALTHY' }),
      'refused',
    ],
    ['no outage', withVerdicts(outageFacts(), { home: 'HEALTHY' }), 'refused'],
    [
      'a late event: the epoch has gone on',
      outageFacts({ request: requestOfRule({ expectedEpoch: 0 }), state: stateOf(config, { epoch: 1 }) }),
      'already-handled',
    ],
    ['an event from the future of this table', outageFacts({ request: requestOfRule({ expectedEpoch: 3 }) }), 'stale'],
    [
      'a person with an old picture',
      outageFacts({ request: byPerson({ expectedEpoch: 0 }), state: stateOf(config, { epoch: 1 }) }),
      'stale',
    ],
    [
      'a second event while the first one moves',
      outageFacts({ state: stateOf(config, { epoch: 1, open: claimOf() }) }),
      'already-handled',
    ],
    [
      'an event while the set is at the refuge',
      outageFacts({ state: stateOf(config, { phase: 'refuge' }) }),
      'already-handled',
    ],
    [
      'a person asks for a failover while the set is at the refuge',
      outageFacts({ request: byPerson(), state: stateOf(config, { phase: 'refuge' }) }),
      'refused',
    ],
    [
      'a person while the same move waits for an approval',
      outageFacts({ request: byPerson(), state: waiting }),
      'approves-open',
    ],
    [
      'a person with an old picture of the move that waits for an approval',
      outageFacts({ request: byPerson({ expectedEpoch: 0 }), state: waiting }),
      'stale',
    ],
    [
      'a person while the same move is under way',
      outageFacts({ request: byPerson(), state: stateOf(config, { epoch: 1, open: claimOf() }) }),
      'already-handled',
    ],
    [
      'a person while another move waits for an approval',
      outageFacts({ request: byPerson({ move: 'failback' }), state: waiting }),
      'refused',
    ],
    [
      'a person who plans a switchover while a failover is under way',
      outageFacts({ request: byPerson({ move: 'switchover' }), state: stateOf(config, { epoch: 1, open: claimOf() }) }),
      'refused',
    ],
    [
      'a person who knows home to be rebuilt while the plain way home is under way',
      recoveryFacts({
        request: byPerson({ move: 'failback', rebuiltHome: true }),
        state: stateOf(config, {
          phase: 'refuge',
          epoch: 2,
          open: claimOf({ epoch: 2, move: 'failback', from: 'refuge' }),
        }),
      }),
      'refused',
    ],
    [
      'a person who says again that home was rebuilt',
      recoveryFacts({
        request: byPerson({ move: 'failback', rebuiltHome: true }),
        state: stateOf(config, {
          phase: 'refuge',
          epoch: 2,
          open: claimOf({
            epoch: 2,
            move: 'failback',
            from: 'refuge',
            input: { ...claimOf().input, move: 'failback', rebuiltHome: true },
          }),
        }),
      }),
      'already-handled',
    ],
    [
      'a person who knows the refuge to be lost while the plain way home is under way',
      recoveryFacts({
        request: byPerson({ move: 'failback', refugeLost: true }),
        state: stateOf(config, {
          phase: 'returning',
          epoch: 2,
          open: claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true }),
        }),
      }),
      'refused',
    ],
    [
      'a rule that asks for the way home while a failover is under way',
      outageFacts({
        request: requestOfRule({ move: 'failback' }),
        state: stateOf(config, { epoch: 1, open: claimOf() }),
      }),
      'already-handled',
    ],
    ...(['force', 'acceptDataLoss'] as const).map(
      (given) =>
        [
          `a person gives ${given}, which no approval has, while the same move waits for one`,
          outageFacts({ request: byPerson({ [given]: true }), state: waiting }),
          'ends-open',
        ] as const,
    ),
    [
      'a person forces the waiting move although home has recovered',
      withVerdicts(outageFacts({ request: byPerson({ force: true }), state: waiting }), { home: 'HEALTHY' }),
      'ends-open',
    ],
    [
      'a person forces the waiting move, and the refuge is lost',
      withVerdicts(outageFacts({ request: byPerson({ force: true }), state: waiting }), { refuge: 'CONFIRMED_DOWN' }),
      'already-handled',
    ],
    ...(['refugeLost', 'rebuiltHome'] as const).map(
      (given) =>
        [
          `a person gives ${given}, that no approval has, while the same move waits for one`,
          outageFacts({ request: byPerson({ [given]: true }), state: waiting }),
          'already-handled',
        ] as const,
    ),
    [
      'a person forces while another move waits for an approval',
      outageFacts({ request: byPerson({ move: 'failback', force: true }), state: waiting }),
      'refused',
    ],
    [
      'a rule cannot force: it needs a person as before',
      outageFacts({ request: requestOfRule({ force: true }), state: { ...waiting, mode: 'approve' } }),
      'already-handled',
    ],
    ['a rule whose way home needs no person any more', returning({ mode: 'automatic' }), 'ends-open'],
    ['a rule whose way home still needs one', returning({ mode: 'approve' }), 'already-handled'],
    [
      'a rule whose way home needs no person, while a failover from half way waits for one',
      returning({
        mode: 'automatic',
        phase: 'returning',
        open: claimOf({ epoch: 2, from: 'returning', approval: 'pending' }),
      }),
      'already-handled',
    ],
    ['a rule, which needs no person, while the same move waits for one', outageFacts({ state: waiting }), 'ends-open'],
    [
      'a rule that needs a person as well while the same move waits for one',
      outageFacts({ state: { ...waiting, mode: 'approve' } }),
      'already-handled',
    ],
    [
      'a rule while the same move waits for an approval, and the refuge is lost',
      withVerdicts(outageFacts({ state: waiting }), { refuge: 'CONFIRMED_DOWN' }),
      'already-handled',
    ],
    [
      'an alarm that may only ask while the same move waits for an approval',
      outageFacts({ request: alarm('approval'), state: waiting }),
      'already-handled',
    ],
    ['an alarm that may start, confirmed', outageFacts({ request: alarm('automatic') }), 'claim'],
    ['an alarm that may only ask, confirmed', outageFacts({ request: alarm('approval') }), 'ask'],
    [
      'an alarm, not confirmed yet',
      withVerdicts(outageFacts({ request: alarm('automatic', 299_999) }), { home: 'SUSPECTED_DOWN' }),
      'unconfirmed',
    ],
    [
      'an alarm, nobody knows yet',
      withVerdicts(outageFacts({ request: alarm('approval') }), { home: 'UNKNOWN' }),
      'unconfirmed',
    ],
    [
      'an alarm, not confirmed within 300 s',
      withVerdicts(outageFacts({ request: alarm('automatic', 300_000) }), { home: 'SUSPECTED_DOWN' }),
      'refused',
    ],
    [
      'an alarm in mode off is not waited with',
      withVerdicts(outageFacts({ request: alarm('automatic'), state: stateOf(config, { mode: 'off' }) }), {
        home: 'SUSPECTED_DOWN',
      }),
      'refused',
    ],
    ['the way home, asked by a person', recoveryFacts(), 'claim'],
    ['the way home, asked by a rule', recoveryFacts({ request: requestOfRule({ move: 'failback' }) }), 'ask'],
  ])('%s', (_story, facts, kind) => {
    expect(decideMove(facts).kind).toBe(kind);
  });

  test('what ends a waiting epoch says that nobody needs to approve it any more', () => {
    expect(decideMove(outageFacts({ state: waiting })).sentence).toMatch(
      /^failover of clients-k1 from K1 to K2 was waiting for an approval, which nobody needs to give any more: epoch 1 of clients-k1 /,
    );
  });

  test('a refusal names everything that is in the way', () => {
    const decision = decideMove(
      withVerdicts(outageFacts({ state: stateOf(config, { mode: 'observe' }) }), { refuge: 'SUSPECTED_DOWN' }),
    );
    expect(decision.reasons).toEqual([
      'G10: mode is "observe" (set by configuration): everything is judged, nothing is written to clients',
      'G2-healthy: cluster:K2 is SUSPECTED_DOWN',
    ]);
  });

  test('the sentence of a claim says who moves where, as which epoch, asked by whom, and why', () => {
    expect(decideMove(outageFacts()).sentence).toBe(
      'failover of clients-k1 from K1 to K2 as epoch 1, asked by assess: K1 is CONFIRMED_DOWN',
    );
  });

  test('somebody who comes second is told who owns the epoch', () => {
    expect(decideMove(outageFacts({ state: waiting })).sentence).toContain(
      `epoch 1 of clients-k1 (failover, asked by assess at 2026-11-22T09:59:59Z, phase home), which waits for an approval is owned by ${claimOf().execution}`,
    );
  });

  const asking = outageFacts({ state: stateOf(config, { mode: 'approve' }) });
  const late = { request: requestOfRule({ expectedEpoch: 3 }), state: stateOf(config, { epoch: 1, open: claimOf() }) };
  const OPEN = `epoch 1 of clients-k1 (failover, asked by assess at 2026-11-22T09:59:59Z, phase home)`;
  const WAY = 'failover of clients-k1 from K1 to K2';
  test.each<readonly [string, MoveFacts, string]>([
    ['a way home', recoveryFacts(), 'failback of clients-k1 from K2 to K1 as epoch 2, asked by ada: K1 is back'],
    [
      'a claim that stands keeps its epoch',
      outageFacts({
        stance: 'after-claim',
        state: stateOf(config, { epoch: 1, open: claimOf({ execution: 'execution-one' }) }),
      }),
      `${WAY} as epoch 1, asked by assess: K1 is CONFIRMED_DOWN`,
    ],
    [
      'one that takes the place of a failback is a new epoch',
      halfWay(),
      `${WAY} as epoch 3, asked by assess: K1 is CONFIRMED_DOWN`,
    ],
    ['a question', asking, `${WAY} waits for the approval of a person: mode is "approve": a person approves`],
    [
      'an approval by asking for the same',
      outageFacts({ request: byPerson(), state: waiting }),
      `${WAY} was waiting for an approval, which ada gives by asking for it: ${OPEN}, which waits for an approval is owned by ${claimOf().execution}`,
    ],
    [
      'a move that a person starts anew, with what no approval has',
      outageFacts({ request: byPerson({ force: true, acceptDataLoss: true }), state: waiting }),
      `${WAY} was waiting for an approval; ada starts it anew with force and acceptDataLoss: ${OPEN}, which waits for an approval is owned by ${claimOf().execution}`,
    ],
    [
      'what is in the way of such a start',
      withVerdicts(outageFacts({ request: byPerson({ force: true }), state: waiting }), { refuge: 'CONFIRMED_DOWN' }),
      `${WAY} is open already, nothing was done: ${OPEN}, which waits for an approval is owned by ${claimOf().execution}; cluster:K2 is CONFIRMED_DOWN`,
    ],
    [
      'an old picture is all that is said of such a start',
      withVerdicts(outageFacts({ request: byPerson({ force: true, expectedEpoch: 0 }), state: waiting }), {
        refuge: 'CONFIRMED_DOWN',
      }),
      `${WAY} was asked on an old picture: asked with epoch 0 in mind, but clients-k1 is at epoch 1 (home)`,
    ],
    [
      'the owner is all that is said where the move is under way',
      withVerdicts(
        outageFacts({ request: byPerson({ force: true }), state: stateOf(config, { epoch: 1, open: claimOf() }) }),
        { refuge: 'CONFIRMED_DOWN' },
      ),
      `${WAY} is open already, nothing was done: ${OPEN} is owned by ${claimOf().execution}`,
    ],
    [
      'a moment of waiting',
      withVerdicts(outageFacts({ request: alarm('approval') }), { home: 'SUSPECTED_DOWN' }),
      `${WAY} waits a moment: cluster:K1 is SUSPECTED_DOWN`,
    ],
    [
      'nothing left to do',
      outageFacts({ state: stateOf(config, { epoch: 1, open: claimOf(), mode: 'off' }) }),
      `${WAY} is open already, nothing was done: ${OPEN} is owned by ${claimOf().execution}`,
    ],
    [
      'another move of a person, with who owns the set',
      outageFacts({ request: byPerson({ move: 'switchover' }), state: stateOf(config, { epoch: 1, open: claimOf() }) }),
      `switchover of clients-k1 from K1 to K2 is refused: ${OPEN} is owned by ${claimOf().execution}; cluster:K1 is CONFIRMED_DOWN; flow:K1->K2 is REPLICATION_DOWN`,
    ],
    [
      'nothing left to do after the move',
      outageFacts({ state: stateOf(config, { phase: 'refuge' }) }),
      `${WAY} needs nothing: clients-k1 is in phase "refuge"; a failover starts from home or returning or leaving`,
    ],
    [
      'an old picture',
      outageFacts(late),
      `${WAY} was asked on an old picture: asked with epoch 3 in mind, but clients-k1 is at epoch 1 (home)`,
    ],
    [
      'a refusal, with all that is in the way',
      withVerdicts(outageFacts({ state: stateOf(config, { mode: 'approve' }) }), { refuge: 'UNKNOWN' }),
      `${WAY} is refused: mode is "approve": a person approves; cluster:K2 is UNKNOWN`,
    ],
  ])('%s is told in one sentence', (_story, facts, sentence) => {
    expect(decideMove(facts).sentence).toBe(sentence);
  });

  test.each<readonly [string, MoveFacts, readonly string[]]>([
    ['a stale one by what is stale', outageFacts(late), ['EPOCH']],
    [
      'a rule that has to wait, by the epoch that waits, not by what else would ask',
      outageFacts({ state: { ...waiting, mode: 'approve' } }),
      ['G4'],
    ],
    [
      'a rule that says "force", which only a person can, by the same',
      outageFacts({ request: requestOfRule({ force: true }), state: { ...waiting, mode: 'approve' } }),
      ['G4'],
    ],
    [
      'one that is handled by who handles it',
      outageFacts({ state: stateOf(config, { epoch: 1, open: claimOf(), mode: 'off' }) }),
      ['G4'],
    ],
    [
      'one that waits by what may still come',
      withVerdicts(outageFacts({ request: alarm('approval') }), { home: 'SUSPECTED_DOWN' }),
      ['G1'],
    ],
    ['a question by what is asked', asking, ['G10-approval']],
  ])('the reasons explain %s, not by what stands in the way as well', (_story, facts, ids) => {
    expect(decideMove(facts).reasons.map((reason) => reason.split(':')[0])).toEqual(ids);
  });

  test('the reasons of a claim are all the guards that were looked at', () => {
    const { reasons, guards } = decideMove(outageFacts());
    expect(reasons).toEqual(guards.map(({ id, sentence }) => `${id}: ${sentence}`));
  });

  test('every guard that applies is listed, whatever the decision', () => {
    const ids = (facts: MoveFacts) => decideMove(facts).guards.map(({ id }) => id);
    expect(ids(withVerdicts(outageFacts(), { home: 'HEALTHY' }))).toEqual(ids(outageFacts()));
  });
});

describe('properties of the decision', () => {
  const facts = fc
    .record({
      home: fc.oneof(fc.constantFrom(...CLUSTER_VERDICT_KINDS), fc.constant('CONFIRMED_DOWN'), fc.constant('HEALTHY')),
      refuge: fc.oneof(fc.constantFrom(...CLUSTER_VERDICT_KINDS), fc.constant('HEALTHY')),
      mode: fc.constantFrom('off', 'observe', 'approve', 'automatic' as const),
      trigger: fc.constantFrom('automatic', 'manual', 'alarm' as const),
      phase: fc.constantFrom('home', 'refuge' as const),
      move: fc.constantFrom('failover', 'failback' as const),
      force: fc.boolean(),
      looked: fc.boolean(),
      open: fc.boolean(),
    })
    .map(({ home, refuge, mode, trigger, phase, move, force, looked, open }) =>
      withVerdicts(
        outageFacts({
          request: requestOfRule({
            trigger,
            force,
            move,
            ...(trigger === 'alarm' ? { alarm: { name: 'a', starts: 'automatic' } } : {}),
          }),
          state: stateOf(config, { mode: mode as 'off', phase, ...(open ? { epoch: 1, open: claimOf() } : {}) }),
          found: looked ? setLook() : null,
        }),
        { home, refuge },
      ),
    );
  const moves = (f: MoveFacts) => ['claim', 'ask'].includes(decideMove(f).kind);

  test('deciding the stored inputs again gives the stored decision', () => {
    fc.assert(
      fc.property(facts, (f) => {
        const replayed = decideMove(JSON.parse(JSON.stringify(f)) as MoveFacts);
        expect(replayed).toEqual(JSON.parse(JSON.stringify(decideMove(f))));
      }),
    );
  });

  test('without a person nothing moves on anything but a confirmed outage', () => {
    fc.assert(
      fc.property(facts, (f) => {
        if (f.request.trigger === 'manual' || f.request.move !== 'failover' || !moves(f)) return;
        const decision = decideMove(f).kind;
        expect(decision === 'claim' ? ['automatic'] : ['automatic', 'approval']).toContain(
          allowsOf(f.verdicts.home.kind),
        );
        expect(decision === 'claim' ? ['HEALTHY'] : ['HEALTHY', 'DEGRADED']).toContain(f.verdicts.refuge.kind);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a verdict that becomes unknown never starts a move of a rule', () => {
    fc.assert(
      fc.property(facts, fc.constantFrom('home', 'refuge' as const), (f, which) => {
        fc.pre(f.request.trigger !== 'manual');
        expect(moves(withVerdicts(f, { [which]: 'UNKNOWN' }))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('nobody gets past an open epoch or a refuge that does not serve', () => {
    fc.assert(
      fc.property(facts, (f) => {
        if (!moves(f)) return;
        expect(f.state.open).toBeUndefined();
        if (f.request.move !== 'failback') expect(['HEALTHY', 'DEGRADED']).toContain(f.verdicts.refuge.kind);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('when the world asks for a move', () => {
  const away = recoveryFacts();
  const call = (facts: MoveFacts) => callFor(facts)?.event;
  test.each<readonly [string, MoveFacts, string | undefined]>([
    ['home is confirmed down', outageFacts(), 'OutageConfirmed'],
    [
      'home is confirmed without a second witness: a person will be asked',
      withVerdicts(outageFacts(), { home: 'CONFIRMED_DOWN_UNCORROBORATED' }),
      'OutageConfirmed',
    ],
    ['the same, seen only just now', youngDoubt(), undefined],
    [
      'the same, for exactly as long as more may be coming',
      doubtOf(outageFacts().rules.uncorroboratedMs),
      'OutageConfirmed',
    ],
    ['home is confirmed down only just now', youngOutage, 'OutageConfirmed'],
    [
      'home is well, and the set is on its way to the refuge',
      { ...away, state: { ...away.state, phase: 'draining' } },
      undefined,
    ],
    ['home is suspected', withVerdicts(outageFacts(), { home: 'SUSPECTED_DOWN' }), undefined],
    ['a claim is open', outageFacts({ state: stateOf(config, { epoch: 1, open: claimOf() }) }), undefined],
    ['a person is asked, and none is needed any more', outageFacts({ state: waiting }), 'OutageConfirmed'],
    ['a person is asked, as the mode wants', outageFacts({ state: { ...waiting, mode: 'approve' } }), undefined],
    [
      'a person is asked, and the evidence asks for one still',
      withVerdicts(outageFacts({ state: waiting }), { home: 'CONFIRMED_DOWN_UNCORROBORATED' }),
      undefined,
    ],
    ['mode off', outageFacts({ state: stateOf(config, { mode: 'off' }) }), undefined],
    ['the set is away and home is down', withVerdicts(away, { home: 'CONFIRMED_DOWN' }), undefined],
    ['the set is away and home is back', away, 'RecoveryConfirmed'],
    ['home is lost again under an open way home', halfWay(), 'OutageConfirmed'],
    ['the same, serving in part', withVerdicts(halfWay(), { home: 'PARTIAL_OUTAGE' }), undefined],
    ['the same, before anybody was told', halfWay({ phase: 'refuge' }), undefined],
    [
      'the same, while a person is asked about the way home',
      halfWay({ phase: 'refuge', open: claimOf({ epoch: 2, move: 'failback', from: 'refuge', approval: 'pending' }) }),
      undefined,
    ],
    ['home is lost and nobody runs the way home', halfWay({ open: undefined }), 'OutageConfirmed'],
    [
      'home is back and nobody runs the way home',
      { ...away, state: halfWay({ open: undefined }).state },
      'RecoveryConfirmed',
    ],
    ['home is recovering', withVerdicts(away, { home: 'RECOVERING' }), undefined],
    ['only people start the way home', { ...away, place: { ...away.place, failback: 'manual' } }, undefined],
    [
      'home is back for 29 min',
      {
        ...away,
        verdicts: {
          ...away.verdicts,
          home: storedVerdict('cluster:K1', 'HEALTHY', { sinceMs: TEN_O_CLOCK - 1_740_000 }),
        },
      },
      undefined,
    ],
  ])('%s', (_story, facts, event) => {
    expect(call(facts)).toBe(event);
  });

  const back = (leftHomeAtMs: number | undefined, lastIncidentId: string | undefined) => {
    const facts = homeSince(away, away.rules.dwellMs);
    const { leftHomeAtMs: _left, ...state } = facts.state;
    const { lastIncidentId: _last, ...home } = facts.verdicts.home;
    return callFor({
      ...facts,
      state: { ...state, ...(leftHomeAtMs === undefined ? {} : { leftHomeAtMs }) },
      verdicts: { ...facts.verdicts, home: { ...home, ...(lastIncidentId === undefined ? {} : { lastIncidentId }) } },
    });
  };
  test.each([
    [TEN_O_CLOCK - 7_200_000, 'outage-1', 'recovery-K1-left-2026-11-22T08:00:00Z-after-outage-1'],
    [undefined, undefined, 'recovery-K1-left-long-ago-after-no-outage'],
  ] as const)('a recovery is named after the stay it ends and the outage before it: %s, %s', (left, last, id) => {
    expect(back(left, last)?.incidentId).toBe(id);
  });

  test('a recovery is told once home has been healthy for exactly the dwell time, and since when', () => {
    expect(back(undefined, undefined)).toMatchObject({
      event: 'RecoveryConfirmed',
      sentence: expect.stringMatching(/^K1 has been HEALTHY since 2026-11-22T\S+, longer than the dwell time$/),
    });
  });

  test('its sentence fits into a workflow reason, however much went wrong', () => {
    const facts = outageFacts();
    const home = { ...facts.verdicts.home, sentence: 'x'.repeat(3_000) };
    expect(callFor({ ...facts, verdicts: { ...facts.verdicts, home } })?.sentence).toHaveLength(400);
  });
});

describe('readiness', () => {
  test.each<readonly [string, MoveFacts, string]>([
    ['everything is there, home is healthy', withVerdicts(outageFacts(), { home: 'HEALTHY' }), 'READY'],
    ['mode approve: ready, after an approval', outageFacts({ state: stateOf(config, { mode: 'approve' }) }), 'READY'],
    [
      'a topic is missing at the refuge',
      outageFacts({ found: setLook({ refugeTopics: { orders: 3, payments: null } }) }),
      'NOT_READY',
    ],
    ['mode observe', outageFacts({ state: stateOf(config, { mode: 'observe' }) }), 'NOT_READY'],
    ['the set is away', outageFacts({ state: stateOf(config, { phase: 'refuge' }) }), 'AWAY'],
  ])('%s', (_story, facts, kind) => {
    expect(judgeReadiness(facts).kind).toBe(kind);
  });
});

describe('home lost again on the way back', () => {
  const once = { epoch: 2, atMs: TEN_O_CLOCK - 600_000, times: 1 };

  test('a confirmed outage ends the failback: the cooldown is waived', () => {
    expect(decideMove(halfWay())).toMatchObject({ kind: 'claim' });
  });

  test('for the second time in one stay the cooldown counts', () => {
    expect(decideMove(halfWay({ superseded: once }))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('G5-cooldown')],
    });
  });

  test('an outage in part leaves the failback to people', () => {
    expect(decideMove(withVerdicts(halfWay(), { home: 'PARTIAL_OUTAGE' })).kind).toBe('already-handled');
  });

  test('members of a home-only group that are still at the refuge are no strangers', () => {
    const facts = halfWay();
    const groups = facts.place.groups.map((one) => ({ ...one, mode: 'home-only' as const }));
    expect(decideMove({ ...facts, place: { ...facts.place, groups } }).kind).toBe('claim');
  });

  test('a claim that does not say whose place it takes is a bug', () => {
    const { state } = halfWay();
    expect(() => openClaim(state, claimOf({ epoch: 3 }))).toThrow('already has epoch 2 open');
    const next = openClaim(state, claimOf({ epoch: 3, supersedes: { epoch: 2, execution: 'two' } }));
    expect(next).toMatchObject({ epoch: 3, superseded: { epoch: 2, times: 1 }, open: { epoch: 3 } });
  });

  test('the next way home without a person asks one', () => {
    const facts = recoveryFacts();
    const asking = { ...facts.request, trigger: 'automatic' as const };
    const place = { ...facts.place, failback: 'automatic' as const };
    const state = { ...facts.state, superseded: once };
    expect(decideMove({ ...facts, request: asking, place })).toMatchObject({ kind: 'claim' });
    expect(decideMove({ ...facts, request: asking, place, state })).toMatchObject({
      kind: 'ask',
      reasons: [expect.stringContaining('FB-again')],
    });
  });
});
